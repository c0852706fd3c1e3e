/// The role flags. Neither implies the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Staff.
    pub is_staff: bool,
    /// Superuser.
    pub is_superuser: bool,
}
