use std::future::Future;
use std::pin::Pin;

/// A future behind a pointer, so that traits with async methods can be used as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
