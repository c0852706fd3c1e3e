//! Second factors: authenticator apps, recovery codes and passkeys. Table `factors`.

mod answer;
mod challenges;
mod check;
mod enrolment;
mod guesses;
mod judge;
mod list;
mod model;
mod new_totp;
mod operated;
mod passkey_enrolment;
mod passkey_row;
mod passkey_site;
mod passkey_store;
mod recovery_codes;
mod step_up;
mod table;
mod waiting;

pub use answer::{FactorFields, PasskeyResponse, SecondFactorCode};
pub use challenges::{Challenges, PresentedChallenge};
pub use check::{RightCode, SecondFactors};
pub use enrolment::{Confirmation, Enrolments};
pub use list::{Factor, FactorKind, FactorList, FactorLists};
pub(crate) use model::FactorsTable;
pub use model::WAITS;
pub use new_totp::NewTotp;
pub use passkey_enrolment::PasskeyEnrolments;
pub use passkey_site::{PasskeyOptions, Passkeys};
pub use passkey_store::{PresentedPasskey, RightPasskey, StoredPasskeys};
pub use recovery_codes::RecoveryCodes;
pub(crate) use step_up::Outcome;
pub use table::Factors;
pub use waiting::WaitingFactors;
