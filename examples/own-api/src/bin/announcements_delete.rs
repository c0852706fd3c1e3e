//! The Lambda of `own_api::AnnouncementsDelete`.

fn main() -> std::process::ExitCode {
    identity::serve::<own_api::AnnouncementsDelete>()
}
