use std::future::Future;

use crate::context::{Context, Part, Permit};
use crate::error::Result;

/// A function that a schedule invokes.
pub trait Task: 'static {
    /// The tables, queues and keys that the task may use, as a tuple of parts.
    type Uses: Part;

    /// Does the work once.
    fn run(context: &Context, uses: Self::Uses) -> impl Future<Output = Result<()>>;
}

/// Runs a task once.
///
/// # Errors
/// Those of the task, or a setting that its parts need.
pub async fn run_task<T: Task>(context: &Context) -> Result<()> {
    T::run(context, context.part::<T::Uses>(&Permit::for_call())?).await
}
