use auth::JsonObject;
use passki::{ClientData, Passki};
use serde_json::Value;

use crate::challenge::ClaimedChallenge;
use crate::error::{Error, Result};

/// What is needed of the client data before it is verified.
pub(crate) struct Claims {
    pub challenge: ClaimedChallenge,
    /// Whether the client names a frame. The library takes a `crossOrigin` that is no boolean for absent, and looks at
    /// `topOrigin` only together with `crossOrigin`.
    pub framed: bool,
}

impl Claims {
    /// Reads the client data. Duplicate members are refused, so that this reading and the library's can't differ.
    pub fn read(client_data_json: &str) -> Result<Self> {
        let bytes = Passki::base64_decode(client_data_json)?;
        let fields = serde_json::from_slice::<JsonObject>(&bytes)?.into_fields();
        let challenge = Passki::base64_decode(&ClientData::from_bytes(&bytes)?.challenge)?;
        Ok(Self { challenge: ClaimedChallenge(challenge), framed: fields.iter().any(is_framed) })
    }

    pub fn refuse_frames(&self) -> Result<()> {
        if self.framed { Err(Error::CrossOrigin) } else { Ok(()) }
    }
}

fn is_framed((name, value): &(String, Value)) -> bool {
    match name.as_str() {
        "crossOrigin" => *value != Value::Bool(false),
        "topOrigin" => true,
        _ => false,
    }
}
