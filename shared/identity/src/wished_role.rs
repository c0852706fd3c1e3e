use dynamo::Invalid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A role that an invitation names as a wish. A superuser gives it, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WishedRole {
    Staff,
    Superuser,
}

impl WishedRole {
    /// Reads the role's name.
    ///
    /// # Errors
    /// When there is no such role.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "staff" => Ok(Self::Staff),
            "superuser" => Ok(Self::Superuser),
            _ => Err("must be staff or superuser"),
        }
    }

    /// The role's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Superuser => "superuser",
        }
    }
}
