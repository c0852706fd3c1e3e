use std::time::Duration;

/// Durations or other numbers. Compare medians, because other load on the machine is in the tail.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Adds a duration, in milliseconds.
    pub fn push_time(&mut self, took: Duration) {
        self.push(took.as_secs_f64() * 1000.0);
    }

    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    pub fn p90(&self) -> f64 {
        self.at(0.9)
    }

    /// The mean, or NaN without values.
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// The value at this quantile, or NaN without values.
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
        sorted.get(place).copied().unwrap_or(f64::NAN)
    }
}
