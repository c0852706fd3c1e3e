use std::future::Future;

use crate::context::{Context, Part, Permit};
use crate::error::Result;
use crate::part::{PartInfo, listed};

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

/// A task as a value.
#[derive(Clone, Copy)]
pub struct TaskEntry {
    /// The binary's name.
    pub name: &'static str,
    list_parts: fn(&mut Vec<PartInfo>),
}

impl TaskEntry {
    /// The entry of task `T`, whose binary is `name`.
    pub const fn of<T: Task>(name: &'static str) -> Self {
        Self { name, list_parts: T::Uses::list }
    }

    /// The parts that it may use.
    pub fn uses(&self) -> Vec<PartInfo> {
        listed(self.list_parts)
    }
}
