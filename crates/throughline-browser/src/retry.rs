//! Calculates the time until a batch is sent again.

/// The time until the next attempt after `failures` failures in a row, ms; `None` to give up.
///
/// `retry_after` is the wait that the receiver asked for, ms, 0 for none. `chance` is a random
/// number: pages that failed together must not return together.
/// Source: <https://opentelemetry.io/docs/specs/otlp/#otlphttp-throttling>.
pub fn delay(failures: u32, retry_after: u32, chance: u32) -> Option<u32> {
    if failures > RETRIES || retry_after > LONGEST {
        return None;
    }
    if retry_after > 0 {
        return Some(retry_after);
    }
    let half = FIRST << failures.saturating_sub(1);
    // Half of it is fixed, so that a retry is never at once.
    Some(half + chance % (half + 1))
}

/// How often a batch is sent again: for one to two minutes.
const RETRIES: u32 = 6;
/// ms. Half of the longest wait before the first retry.
const FIRST: u32 = 1_000;
/// ms. A page does not outlive a longer wait.
const LONGEST: u32 = 300_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_is_random() {
        assert_eq!(delay(1, 0, 0), Some(1_000));
        assert_eq!(delay(1, 0, 1_000), Some(2_000));
        assert_eq!(delay(3, 0, 2_000), Some(6_000));
        for chance in [0, 7, 12_345, u32::MAX] {
            let wait = delay(6, 0, chance).expect("another retry");
            assert!((32_000..=64_000).contains(&wait), "{wait}");
        }
    }

    #[test]
    fn after_the_last_retry_the_batch_is_given_up() {
        assert_eq!(delay(7, 0, 5), None);
        assert_eq!(delay(7, 1, 5), None);
    }

    #[test]
    fn the_wait_is_the_one_that_the_receiver_asks_for() {
        assert_eq!(delay(1, 7_000, 9), Some(7_000));
        assert_eq!(delay(1, 3_600_000, 9), None);
    }
}
