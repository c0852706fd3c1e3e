use api::Context;
use operator::Operator;

use crate::error::Result;

/// Creates missing demo data, domain by domain.
///
/// # Errors
/// When the data can't be stored.
pub async fn seed(context: &Context) -> Result<()> {
    let operator = Operator::acting();
    identity::demo::seed(context, &operator).await?;
    shop::demo::seed(context, &operator).await?;
    Ok(())
}
