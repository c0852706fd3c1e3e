use std::time::Duration;

use auth::{EntropyFailed, OsEntropy};

/// A random time between half of the pause and the whole, so that callers that met do not come back together.
pub(crate) fn jittered(pause: Duration) -> Result<Duration, EntropyFailed> {
    let [byte] = auth::random::<1>(&OsEntropy)?;
    let half = pause / 2;
    Ok(half + half * u32::from(byte) / u32::from(u8::MAX))
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
}
