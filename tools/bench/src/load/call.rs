/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    List,
    ListDeep,
    Get,
    Favorites,
    Me,
    SignIn,
}

impl Call {
    pub const ALL: [Call; 6] = [Call::List, Call::ListDeep, Call::Get, Call::Favorites, Call::Me, Call::SignIn];

    /// The endpoint's name.
    pub const fn name(self) -> &'static str {
        match self {
            Call::List => "products_list",
            Call::ListDeep => "products_list, deep page",
            Call::Get => "products_get",
            Call::Favorites => "favorites_list",
            Call::Me => "users_me",
            Call::SignIn => "tokens_issue",
        }
    }

    /// The mix: of 50 calls 16 get, 10 list, 10 favourites, 7 who am I, 6 list deep, and one signs in, whose hash takes
    /// as much as dozens of the others. Their order is shuffled, and the same for all tables.
    pub const fn of_turn(turn: usize) -> Self {
        match turn * 7 % 50 {
            0 => Call::SignIn,
            1..=7 => Call::Me,
            8..=13 => Call::ListDeep,
            14..=23 => Call::List,
            24..=33 => Call::Favorites,
            _ => Call::Get,
        }
    }
}
