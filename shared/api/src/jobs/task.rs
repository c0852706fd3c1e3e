use std::future::Future;

use crate::context::{Context, Part, Permit};
use crate::error::Result;
use crate::part::{PartInfo, listed};
use crate::start::Prepare;

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
pub async fn run_task<T: Task>(context: &Context, permit: &Permit) -> Result<()> {
    T::run(context, context.part::<T::Uses>(permit)?).await
}

/// Builds the parts of a task. A task runs at once, so there is nothing to prepare.
///
/// # Errors
/// When a setting is missing or wrong.
pub(crate) fn start_task<T: Task>(context: &Context, permit: &Permit) -> Result<()> {
    context.part::<T::Uses>(permit).map(drop)
}

/// A task as a value.
#[derive(Clone, Copy)]
pub struct TaskEntry {
    /// The binary's name.
    pub name: &'static str,
    list_parts: fn(&mut Vec<PartInfo>),
    prepare: Prepare,
}

impl TaskEntry {
    /// The entry of task `T`, whose binary is `name`.
    pub const fn of<T: Task>(name: &'static str) -> Self {
        let prepare: Prepare = |context, permit| Box::pin(std::future::ready(start_task::<T>(context, permit)));
        Self { name, list_parts: T::Uses::list, prepare }
    }

    /// The parts that it may use.
    pub fn uses(&self) -> Vec<PartInfo> {
        listed(self.list_parts)
    }
    /// Builds the task's parts, as the Lambda does when it starts.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    pub async fn prepare(&self, context: &Context, permit: &Permit) -> Result<()> {
        (self.prepare)(context, permit).await
    }
}
