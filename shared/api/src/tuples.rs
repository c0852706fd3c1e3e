use crate::context::{Context, Part, Permit};
use crate::error::Result;
use crate::part::PartInfo;

macro_rules! tuples {
    ($(($($part:ident),*))*) => {
        $(
            #[allow(non_snake_case, unused_variables)]
            impl<$($part: Part),*> Part for ($($part,)*) {
                const DATABASE: bool = false $(|| $part::DATABASE)*;
                const WORKERS_ONLY: bool = false $(|| $part::WORKERS_ONLY)*;
                const PREWARMS: bool = false $(|| $part::PREWARMS)*;

                fn build(context: &Context, permit: &Permit) -> Result<Self> {
                    Ok(($(context.part::<$part>(permit)?,)*))
                }

                async fn prewarm(&self, context: &Context) -> Result<()> {
                    let ($($part,)*) = self;
                    $($part.prewarm(context).await?;)*
                    Ok(())
                }

                fn list(into: &mut Vec<PartInfo>) {
                    $($part::list(into);)*
                }
            }
        )*
    };
}

tuples! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) }
