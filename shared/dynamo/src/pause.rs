use std::time::Duration;

use auth::{EntropyFailed, OsEntropy};

/// How often a write is tried that conflicts with a transaction, or a transaction with another write.
///
/// The pauses between the tries are at most 2.94 s together, half of that on average, so that a request stays within its
/// deadline of 4.7 s. A transaction holds its items for about 15 ms. When twenty transactions of one item come at once,
/// the last one is done after about 0.6 s and 9 tries, and one in a hundred takes more than 0.8 s. Forty of them, or
/// twenty that take twice as long, fail once in thousands of times.
pub(crate) const TRIES: u32 = 16;

/// The longest pause after the first try. Each later one is twice as long.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The longest pause of all.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(240);

/// The pause after a try that conflicted, if it may be tried again: a random part of a pause that grows ("full jitter"),
/// so that writers who met spread out. `tried` is the number of tries so far.
pub(crate) fn after_conflict(tried: u32) -> Result<Option<Duration>, EntropyFailed> {
    if tried >= TRIES {
        return Ok(None);
    }
    let doubled = 1_u32.checked_shl(tried.saturating_sub(1)).unwrap_or(u32::MAX);
    Ok(Some(random_part(FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE))?))
}

/// A random time between half of the pause and the whole, so that callers that met do not come back together.
pub(crate) fn jittered(pause: Duration) -> Result<Duration, EntropyFailed> {
    let half = pause / 2;
    Ok(half + random_part(half)?)
}

fn random_part(pause: Duration) -> Result<Duration, EntropyFailed> {
    let part = u16::from_le_bytes(auth::random::<2>(&OsEntropy)?);
    Ok(pause * u32::from(part) / u32::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_and_stay_between_half_and_whole() {
        let pause = Duration::from_millis(100);
        let all: Vec<Duration> = (0..1000).map(|_| jittered(pause).unwrap()).collect();
        assert!(all.iter().all(|jittered| (pause / 2..=pause).contains(jittered)));
        assert!(all.iter().any(|jittered| *jittered < pause * 6 / 10));
        assert!(all.iter().any(|jittered| *jittered > pause * 9 / 10));
    }

    /// The longest of many pauses after each try.
    fn longest() -> Vec<Duration> {
        let after = |tried| (0..500).map_while(|_| after_conflict(tried).unwrap()).max();
        (1..).map_while(after).collect()
    }

    #[test]
    fn pauses_after_conflicts_grow_and_leave_a_request_time_within_its_deadline() {
        let longest = longest();
        assert_eq!(longest.len(), TRIES as usize - 1);
        for (pause, bound) in longest.iter().zip([20, 40, 80, 160, 240].into_iter().chain([240; TRIES as usize])) {
            let bound = Duration::from_millis(bound);
            assert!((bound * 9 / 10..=bound).contains(pause), "{pause:?} of {bound:?}");
        }
        let sum: Duration = longest.iter().sum();
        assert!(sum < Duration::from_secs(3), "{sum:?}");
    }

    #[test]
    fn some_pauses_after_conflicts_are_almost_none() {
        for tried in 1..TRIES {
            let shortest = (0..500).filter_map(|_| after_conflict(tried).unwrap()).min();
            assert!(shortest < Some(FIRST_PAUSE / 2), "{tried}: {shortest:?}");
        }
    }
}
