//! The allocator and the panic handler of a module without `std`.

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

#[cfg(target_feature = "atomics")]
compile_error!("the allocator is for a module of one thread");

/// A list of free blocks: what a batch has used is given back at its end, so the list is
/// short. Measured on the whole engine with tests/bench/engine.mjs: rlsf takes the same time and
/// is 240 bytes larger, brotli; talc and dlmalloc are larger still. Bump allocators never give
/// anything back.
#[global_allocator]
#[expect(
    unsafe_code,
    reason = "the module has one thread, and a lock takes a tenth of it"
)]
// SAFETY: a module without shared memory runs in one thread.
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

/// A panic is a bug of ours. The page catches the trap and begins a new instance; formatting
/// a message would double the module.
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
