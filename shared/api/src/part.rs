/// A part as the catalogue shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartInfo {
    /// The part's name, such as `Users` or `identity::Owned`; for a queue, the queue's name.
    pub name: &'static str,
    /// The tables that the part can reach.
    pub tables: &'static [&'static str],
    /// The environment variables that the part needs.
    pub variables: &'static [&'static str],
}

/// The parts that `list` adds to a list.
pub(crate) fn listed(list: fn(&mut Vec<PartInfo>)) -> Vec<PartInfo> {
    let mut parts = Vec::new();
    list(&mut parts);
    parts
}

/// Implements [`Part`](crate::Part) for tables built from the database alone: `table_part! { Things: ThingsTable::NAME; }`.
/// With `#[WORKERS_ONLY]` before its name, the part is for workers and tasks only.
#[macro_export]
macro_rules! table_part {
    ($($(#[$limit:ident])? $part:ident: $($table:expr),+;)+) => {
        $(
            impl $crate::Part for $part {
                const DATABASE: bool = true;
                $(const $limit: bool = true;)?

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

// For the modules of this crate: a macro is exported at the root, which imports them all.
pub(crate) use table_part;

/// Defines a struct of parts with named fields. Use it if an endpoint or worker passes its parts on to other functions.
#[macro_export]
macro_rules! parts {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident { $($field:ident: $part:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone)]
        $visibility struct $name {
            $($field: $part,)*
        }

        impl $crate::Part for $name {
            const DATABASE: bool = false $(|| <$part as $crate::Part>::DATABASE)*;
            const WORKERS_ONLY: bool = false $(|| <$part as $crate::Part>::WORKERS_ONLY)*;
            const PREWARMS: bool = false $(|| <$part as $crate::Part>::PREWARMS)*;

            fn build(context: &$crate::Context, permit: &$crate::Permit) -> $crate::Result<Self> {
                Ok(Self { $($field: context.part(permit)?,)* })
            }

            async fn prewarm(&self, context: &$crate::Context) -> $crate::Result<()> {
                $(<$part as $crate::Part>::prewarm(&self.$field, context).await?;)*
                Ok(())
            }

            fn list(into: &mut Vec<$crate::PartInfo>) {
                $(<$part as $crate::Part>::list(into);)*
            }
        }
    };
}

/// Defines a part with the data of users in several domains or tables: a field for each, or none while there are none.
#[macro_export]
macro_rules! owned_by_user {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident { $($field:ident: $domain:ty),* $(,)? }) => {
        $crate::parts! { $(#[$doc])* $visibility struct $name { $($field: $domain),* } }

        impl $crate::OwnedByUser for $name {
            fn tables() -> Vec<&'static str> {
                let tables: &[Vec<&'static str>] = &[$(<$domain as $crate::OwnedByUser>::tables(),)*];
                tables.concat()
            }

            async fn purge(&self, erasure: &$crate::Erasure) -> ::std::result::Result<$crate::Purged, $crate::DatabaseError> {
                $(
                    if self.$field.purge(erasure).await? == $crate::Purged::Part {
                        return Ok($crate::Purged::Part);
                    }
                )*
                Ok($crate::Purged::All)
            }
        }
    };
}
