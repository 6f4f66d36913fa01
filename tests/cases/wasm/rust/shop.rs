//! A module whose exports trap, in the functions that call each other; some calls are inlined.
//!
//! rustc --edition 2024 --crate-type cdylib --target wasm32-unknown-unknown -O -C debuginfo=line-tables-only -C panic=abort
//!     -C link-arg=--build-id=0x0102030405060708090a0b0c0d0e0f10 --remap-path-prefix "$PWD=/shop" -o shop.wasm shop.rs
#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Pays for products; there are none.
#[unsafe(no_mangle)]
pub extern "C" fn pay(products: u32) -> u32 {
    let sum = total(products);
    sum + 1
}

#[inline(never)]
fn total(products: u32) -> u32 {
    price(products) * 2
}

#[inline(always)]
fn price(product: u32) -> u32 {
    match product {
        0 => missing(),
        price => price.wrapping_mul(7),
    }
}

#[inline(always)]
fn missing() -> u32 {
    core::arch::wasm32::unreachable()
}
