//! The reasons why a page drops records, generated from `facts.toml`.

// As `cargo xtask codegen` writes it.
#[rustfmt::skip]
mod generated;

pub use generated::DropReason;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for reason in DropReason::ALL {
            assert_eq!(DropReason::named(reason.as_str()), reason);
        }
    }

    #[test]
    fn an_unknown_name_is_another_reason() {
        assert_eq!(DropReason::named("engine_trap"), DropReason::Other);
    }
}
