/// A kind of call in the traffic.
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

    /// The mix. Of 50 calls, 16 get a product, 10 list products, 10 list favourites, 7 get the user's own account, 6
    /// list products on a deep page, and one signs in. A sign-in takes as long as dozens of other calls, because of its
    /// password hash. The order is shuffled, and the same for all tables.
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
