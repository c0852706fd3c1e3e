use api::{Context, Error, Part, PartInfo, Permit, Result};
use jiff::{SignedDuration, Timestamp};

/// How long before the end the owner is reminded.
const NOTICE: SignedDuration = SignedDuration::from_hours(2 * 24);

/// How many days an account has to be verified, from `UNVERIFIED_DAYS`. Zero stands for no end.
#[derive(Clone, Copy, Debug)]
pub struct UnverifiedDays(u16);

impl UnverifiedDays {
    /// The times up to which accounts are due: to be reminded, by when their first link was sent, and to end, by when they
    /// were reminded. `None` if accounts don't end.
    pub fn due(self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let Self(days) = self;
        let life = SignedDuration::from_hours(24 * i64::from(days));
        let before = |age: SignedDuration| now.checked_sub(age).unwrap_or(now);
        (days > 0).then(|| (before((life - NOTICE).max(SignedDuration::ZERO)), before(NOTICE)))
    }
}

impl Part for UnverifiedDays {
    const DATABASE: bool = false;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        let text = context.settings(permit).environment.required("UNVERIFIED_DAYS")?;
        let days = text.parse().map_err(|_| Error::setting("UNVERIFIED_DAYS", "must be a number of days"))?;
        Ok(Self(days))
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "UnverifiedDays", tables: &[], variables: &["UNVERIFIED_DAYS"] });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_reminded_two_days_before_the_end_and_zero_is_no_end() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 100);
        let days = |days: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days);
        assert_eq!(UnverifiedDays(7).due(now), Some((days(95), days(98))));
        assert_eq!(UnverifiedDays(1).due(now), Some((days(100), days(98))), "two days at least");
        assert_eq!(UnverifiedDays(0).due(now), None);
    }
}
