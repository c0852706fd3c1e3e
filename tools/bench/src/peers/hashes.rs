use ::tests::PASSWORD;
use serde_json::{Value, json};

use super::stack::{BARE_HASH, Builds, Stack};
use crate::fixture::Fixture;
use crate::hash::RawHash;
use crate::process::Process;

/// Times the check of a password alone, by the library that each stack uses.
pub struct BareHashes {
    ours: RawHash,
    python: Process,
    node: Process,
    event: Value,
}

impl BareHashes {
    pub async fn start(builds: &Builds, fixture: &Fixture) -> Result<Self, String> {
        let python = builds.start(Stack::Python, BARE_HASH, fixture).await?;
        let node = builds.start(Stack::Node, BARE_HASH, fixture).await?;
        let event = json!({ "hash": fixture.app.hash(PASSWORD).await.as_str(), "password": PASSWORD });
        Ok(Self { ours: RawHash::new()?, python, node, event })
    }

    /// One hash: its time and its processor time, in milliseconds.
    pub async fn time(&mut self, stack: Stack) -> Result<(f64, f64), String> {
        let process = match stack {
            Stack::Python => &mut self.python,
            Stack::Node => &mut self.node,
            Stack::Ours => {
                let took = self.ours.hash(1)?;
                return Ok((took.time.as_secs_f64() * 1000.0, took.cpu.as_secs_f64() * 1000.0));
            }
        };
        let response = process.invoke(self.event.clone()).await?.response;
        times(&response).ok_or_else(|| format!("{BARE_HASH} said {response}"))
    }
}

/// The times in a response.
fn times(response: &Value) -> Option<(f64, f64)> {
    let number = |name: &str| response.get(name).and_then(Value::as_f64);
    number("ms").zip(number("cpu_ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_has_both_times() {
        assert_eq!(times(&json!({ "ms": 20.5, "cpu_ms": 19 })), Some((20.5, 19.0)));
        for bad in [json!({ "ms": 20.5 }), json!({ "errorMessage": "no" }), json!({ "ms": "1", "cpu_ms": 2 })] {
            assert_eq!(times(&bad), None, "{bad}");
        }
    }
}
