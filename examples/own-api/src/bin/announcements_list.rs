//! The Lambda of `own_api::AnnouncementsList`.

fn main() -> std::process::ExitCode {
    identity::serve::<own_api::AnnouncementsList>()
}
