use auth::{SessionId, UserId};
use dynamo::{Result, Row, key, text};
use jiff::Timestamp;

use super::session::{Session, SessionsTable};
use super::table::Sessions;
use crate::notice::Notice;

/// The number of sessions that are looked through for a known browser: more than people have.
const LOOKED_THROUGH: i32 = 100;

impl Sessions {
    /// Whether the sessions of a user are as the notice says. For notices of something else: `true`.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn is_as_told(&self, user: UserId, notice: &Notice, now: Timestamp) -> Result<bool> {
        match notice {
            Notice::SignedIn { session } => self.is_of_new_browser(user, *session, now).await,
            Notice::SessionReused { session } => {
                Ok(self.get(*session, now).await?.is_some_and(|session| session.user_id == user && session.revoked))
            }
            _ => Ok(true),
        }
    }

    /// Whether the session goes on, and the user has other sessions, all of them of other browsers. The first session of a
    /// user is nothing to tell.
    async fn is_of_new_browser(&self, user: UserId, id: SessionId, now: Timestamp) -> Result<bool> {
        let Some(session) = self.get(id, now).await?.filter(|session| session.user_id == user && !session.revoked)
        else {
            return Ok(false);
        };
        let browser = browser(&session.device.user_agent);
        let others = self.others(user, id).await?;
        Ok(!others.is_empty() && others.iter().all(|other| self::browser(&other.device.user_agent) != browser))
    }

    /// The newest other sessions of a user, also those that ended but were not deleted yet.
    async fn others(&self, user: UserId, session: SessionId) -> Result<Vec<Session>> {
        let query = self.sessions.query(LOOKED_THROUGH).index_name("by_user").scan_index_forward(false);
        let query = query
            .key_condition_expression("#user_id = :user_id")
            .expression_attribute_names("#user_id", "user_id")
            .expression_attribute_values(":user_id", text(user));
        let entries = query.send().await?.items.unwrap_or_default();
        let ids =
            entries.iter().filter_map(|entry| SessionId::parse(Row::new::<SessionsTable>(entry).text("id").ok()?));
        let keys: Vec<_> = ids.filter(|id| *id != session).map(|id| self.sessions.key(key("id", id))).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.sessions.db().batch_get(keys).await?;
        Ok(found.into_iter().flatten().filter_map(|item| Session::read(&item).ok()).collect())
    }
}

/// What does not change when a browser is updated: the products of its `User-Agent` (RFC 9110, section 10.1.5), without
/// versions and comments.
fn browser(user_agent: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let outside = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth > 0 || c == ' ',
        }
        true
    };
    let words = user_agent.split(outside).filter(|word| !word.is_empty());
    words.map(|word| word.split('/').next().unwrap_or(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn an_update_of_a_browser_makes_no_other_browser() {
        let chrome = |platform: &str, version: u32| {
            browser(Box::leak(Box::new(format!(
                "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
            ))))
        };
        let before = chrome("X11; Linux x86_64", 140);
        assert_eq!(before, ["Mozilla", "AppleWebKit", "Chrome", "Safari"]);
        assert_eq!(chrome("Windows NT 10.0; Win64; x64", 156), before);
        let firefox = browser("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
        assert_ne!(firefox, before);
        assert_eq!(browser("curl/8.5.0"), ["curl"]);
        assert_eq!(browser("odd ((nested) comment) )x"), ["odd", "x"]);
        assert_eq!(browser(""), [""; 0]);
    }
}
