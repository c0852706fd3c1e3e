use auth::{SessionId, UserId};
use dynamo::{Result, Row, key, millis, text};
use jiff::Timestamp;

use super::session::{Session, SessionsTable};
use super::table::{IDLE, Sessions};
use crate::notice::Notice;

/// The number of sessions that are looked through for a known browser: more than people have.
const LOOKED_THROUGH: i32 = 100;

impl Sessions {
    /// Whether the sessions of a user are as the notice says. For notices of something else: `true`.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn bear_out(&self, user: UserId, notice: &Notice, now: Timestamp) -> Result<bool> {
        match notice {
            Notice::SignedIn { session } => self.is_of_new_browser(user, *session, now).await,
            Notice::SessionReused { session } => Ok(self.of(user, *session).await?.is_some_and(|it| it.revoked)),
            _ => Ok(true),
        }
    }

    /// Whether none of the user's older sessions since the last new password is of the browser of this one, which may have
    /// ended meanwhile. Later sessions are left out, or a thief who signs in twice would not be told.
    ///
    /// The first session of a new account is nothing to tell. Without older sessions, an older account was not used for
    /// long, and then the owner is told.
    async fn is_of_new_browser(&self, user: UserId, id: SessionId, now: Timestamp) -> Result<bool> {
        let Some(session) = self.of(user, id).await? else { return Ok(false) };
        let older = self.older_than(&session).await?;
        let is_first = older.is_empty() && user.made_at() > now.saturating_sub(IDLE).unwrap_or(now);
        let is_known = |other: &Session| {
            other.epoch == session.epoch && browser(&other.device.user_agent) == browser(&session.device.user_agent)
        };
        Ok(!is_first && !older.iter().any(is_known))
    }

    /// A session of the user. `None` for one that a failed sign-in discarded: then nobody has its tokens.
    async fn of(&self, user: UserId, id: SessionId) -> Result<Option<Session>> {
        let item = self.sessions.get(key("id", id)).await?.filter(|item| item.contains_key("user_id"));
        let session = item.as_ref().map(Session::read).transpose()?;
        Ok(session.filter(|session| session.user_id == user))
    }

    /// The newest older sessions of the session's user, also those that ended but were not deleted yet.
    async fn older_than(&self, session: &Session) -> Result<Vec<Session>> {
        let query = self.sessions.query(LOOKED_THROUGH).index_name("by_user").scan_index_forward(false);
        let query = query
            .key_condition_expression("#user_id = :user_id AND #created_at < :created_at")
            .expression_attribute_names("#user_id", "user_id")
            .expression_attribute_names("#created_at", "created_at")
            .expression_attribute_values(":user_id", text(session.user_id))
            .expression_attribute_values(":created_at", millis(session.created_at));
        let entries = query.send().await?.items.unwrap_or_default();
        let ids =
            entries.iter().filter_map(|entry| SessionId::parse(Row::new::<SessionsTable>(entry).text("id").ok()?));
        let keys: Vec<_> = ids.map(|id| self.sessions.key(key("id", id))).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.sessions.db().batch_get(keys).await?;
        Ok(found.into_iter().flatten().filter_map(|item| Session::read(&item).ok()).collect())
    }
}

/// What does not change when a browser is updated: the platform, and the names of programs in its `User-Agent` (RFC 9110, section
/// 10.1.5) without versions and comments.
fn browser(user_agent: &str) -> Vec<&str> {
    let comment = user_agent.split_once('(').map(|(_, comment)| comment);
    let platform = comment.and_then(|comment| comment.split([';', ' ', ')']).next());
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
    platform.into_iter().chain(words.map(|word| word.split('/').next().unwrap_or(word))).collect()
}

#[cfg(test)]
mod tests {
    use super::browser;

    const CHROME: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

    #[test]
    fn an_update_of_a_browser_makes_no_other_browser() {
        assert_eq!(browser(CHROME), ["X11", "Mozilla", "AppleWebKit", "Chrome", "Safari"]);
        assert_eq!(browser(&CHROME.replace("140.", "156.")), browser(CHROME));
        assert_ne!(browser(&CHROME.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64")), browser(CHROME));
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
        assert_ne!(browser(firefox), browser(CHROME));
        assert_eq!(browser("curl/8.5.0"), ["curl"]);
        assert_eq!(browser("odd ((nested) comment) )x"), ["(nested", "odd", "x"]);
        assert_eq!(browser(""), [""; 0]);
    }
}
