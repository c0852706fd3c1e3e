/// A part as the catalogue shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartInfo {
    /// The type's name, such as `Users`.
    pub name: &'static str,
    /// The tables that the part can reach.
    pub tables: &'static [&'static str],
    /// The environment variables that the part needs.
    pub variables: &'static [&'static str],
}

/// Implements [`Part`] for tables built from the database alone: `table_part! { Things: ThingsTable::NAME; }`.
#[macro_export]
macro_rules! table_part {
    ($($part:ident: $($table:expr),+;)+) => {
        $(
            impl $crate::Part for $part {
                const DATABASE: bool = true;

                fn build(context: &$crate::Context, permit: &$crate::Permit) -> $crate::Result<Self> {
                    Ok(Self::new(context.db(permit)))
                }

                fn list(into: &mut Vec<$crate::PartInfo>) {
                    let (name, tables) = (stringify!($part), &[$($table),+]);
                    into.push($crate::PartInfo { name, tables, variables: &[] });
                }
            }
        )+
    };
}

/// Defines a part that combines the user data of several domains, with one field for each domain.
#[macro_export]
macro_rules! owned_by_user {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident { $($field:ident: $domain:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone)]
        $visibility struct $name {
            $($field: $domain,)+
        }

        impl $crate::OwnedByUser for $name {
            fn tables() -> Vec<&'static str> {
                [$(<$domain as $crate::OwnedByUser>::tables(),)+].concat()
            }

            async fn purge(&self, erasure: &$crate::Erasure) -> ::std::result::Result<(), $crate::DatabaseError> {
                $(self.$field.purge(erasure).await?;)+
                Ok(())
            }
        }

        impl $crate::Part for $name {
            const DATABASE: bool = true;

            fn build(context: &$crate::Context, permit: &$crate::Permit) -> $crate::Result<Self> {
                Ok(Self { $($field: context.part(permit)?,)+ })
            }

            fn list(into: &mut Vec<$crate::PartInfo>) {
                $(<$domain as $crate::Part>::list(into);)+
            }
        }
    };
}
