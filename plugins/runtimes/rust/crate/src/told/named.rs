// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A future that has a name: that of the task which it is.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::api::{api, number_of_look, CANCELLED};
use super::task::{Polling, Task};
use super::text::Text;

/// A future with a name. The probe reads `name` where the task is there before anybody looks.
#[must_use = "futures do nothing unless they are awaited or spawned"]
pub struct Named<F> {
    future: F,
    name: Text,
    told: Told,
}

struct Told {
    task: Task,
    /// The name was told in this look; 0: in none.
    look: u32,
}

/// Gives a task a name: hand the result to `spawn()` or `block_on()` of any executor.
///
/// ```
/// let greeting = async_inspect::named("greeting", async { "hello" });
/// # drop(greeting);
/// ```
#[inline]
pub fn named<F: Future>(name: impl Into<Cow<'static, str>>, future: F) -> Named<F> {
    Named { future, name: Text::new(name.into()), told: Told { task: Task::new(), look: 0 } }
}

impl<F: Future> Future for Named<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let address = &*self as *const Self as usize;
        // SAFETY: the future is not moved out of what is pinned, and nothing else is taken to be pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let polling = this.told.enter(context, address, &this.name);
        let result = unsafe { Pin::new_unchecked(&mut this.future) }.poll(context);

        drop(polling);
        if result.is_ready() {
            this.told.end(0);
        }
        result
    }
}

impl Told {
    fn enter(&mut self, context: &Context<'_>, address: usize, name: &Text) -> Option<Polling> {
        let Some(api) = api() else {
            self.task.pass();
            return None;
        };
        let polling = self.task.enter(api, context, address, |api, id| api.task_begin(id, None));
        let look = number_of_look();

        if self.look != look {
            self.look = look;
            api.task_set_name(self.task.id, name.as_bytes());
        }
        Some(polling)
    }

    fn end(&mut self, status: i32) {
        if self.task.is_own() {
            if let Some(api) = api() {
                self.task.end(api, status);
            }
        }
    }
}

impl Drop for Told {
    #[inline]
    fn drop(&mut self) {
        self.end(CANCELLED);
    }
}
