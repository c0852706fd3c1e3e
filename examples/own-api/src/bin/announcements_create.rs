//! The Lambda of `own_api::AnnouncementsCreate`.

fn main() -> std::process::ExitCode {
    identity::serve::<own_api::AnnouncementsCreate>()
}
