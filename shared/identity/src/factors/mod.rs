//! Second factors: authenticator apps and recovery codes. Table `factors`.

mod answer;
mod challenges;
mod check;
mod enrolment;
mod guesses;
mod judge;
mod model;
mod new_totp;
mod operated;
mod recovery_codes;
mod step_up;
mod table;
mod waiting;

pub use answer::{FactorFields, SecondFactorCode};
pub use challenges::{Challenges, PresentedChallenge};
pub use check::{RightCode, SecondFactors};
pub use enrolment::{Confirmation, Enrolments};
pub(crate) use model::FactorsTable;
pub use model::WAITS;
pub use new_totp::NewTotp;
pub use recovery_codes::RecoveryCodes;
pub(crate) use step_up::Outcome;
pub use table::{Factor, FactorKind, FactorList, Factors};
pub use waiting::WaitingFactors;
