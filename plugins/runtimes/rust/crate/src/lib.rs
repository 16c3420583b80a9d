// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a program may say of itself to [async-inspect](https://async-inspect.github.io), which
//! sees its tasks without a word from it: names of tasks and locks, when each call of an async function began
//! and ended, and points in the code.
//!
//! With the feature `enabled` the program finds the inspector when it is there, and otherwise pays for
//! one look at the clock in each call that is told of. Without it nothing of this crate is in the program.

#![warn(missing_docs)]

#[cfg(feature = "enabled")]
#[allow(missing_docs)]
mod told;

#[cfg(not(feature = "enabled"))]
mod untold;

#[cfg(feature = "enabled")]
pub use told::{
    lock::{named_lock, NamedLock},
    named::{named, Named},
};
#[cfg(not(feature = "enabled"))]
pub use untold::{named, named_lock, Named, NamedLock};

/// Tells of each call of an async function: when it began and ended, or was cancelled, and within which other
/// one it was called.
///
/// For functions that are `async`, also in traits and implementations, and for those that end in an async block
/// or in `Box::pin(async ...)`, as `#[async_trait]` makes them. `#[trace(name = "...")]` calls it something else
/// than its name.
///
/// ```
/// #[async_inspect::trace]
/// async fn fetch(id: u32) -> Result<String, std::io::Error> {
///     Ok(id.to_string())
/// }
/// ```
#[cfg(feature = "enabled")]
pub use async_inspect_macros::trace;
/// Tells of each call of an async function, with the feature `enabled`.
#[cfg(not(feature = "enabled"))]
pub use async_inspect_macros::trace_off as trace;

/// Marks that the current task has come by here, with a number if you like: `inspect_point!("retry", n)`.
///
/// The name is a literal. The number is anything that `as i64` takes. Without the feature `enabled` it is
/// not worked out.
#[macro_export]
macro_rules! inspect_point {
    ($name:literal) => {
        $crate::inspect_point!($name, 0)
    };
    ($name:literal, $value:expr $(,)?) => {
        $crate::__point!($name, $value)
    };
}

#[doc(hidden)]
#[cfg(feature = "enabled")]
#[macro_export]
macro_rules! __point {
    ($name:literal, $value:expr) => {{
        static POINT: $crate::__private::Site = $crate::__private::Site::new(
            ::core::concat!(::core::file!(), "\0"),
            ::core::concat!($name, "\0"),
            ::core::line!(),
        );
        if let ::core::option::Option::Some(api) = $crate::__private::api() {
            api.point(&POINT, ($value) as i64);
        }
    }};
}

#[doc(hidden)]
#[cfg(not(feature = "enabled"))]
#[macro_export]
macro_rules! __point {
    ($name:literal, $value:expr) => {
        if false {
            let _: i64 = ($value) as i64;
        }
    };
}

/// `tokio::spawn()`, with a name for the task. Needs the feature `tokio`.
#[cfg(feature = "tokio")]
#[track_caller]
#[inline(always)]
pub fn spawn_named<F>(
    name: impl Into<std::borrow::Cow<'static, str>>,
    future: F,
) -> tokio::task::JoinHandle<F::Output>
where
    F: std::future::Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(named(name, future))
}

/// For the macros.
#[doc(hidden)]
#[allow(missing_docs)]
#[cfg(feature = "enabled")]
pub mod __private {
    pub use crate::told::api::{api, Api, Site};
    pub use crate::told::call::{trace, Traced};
}
