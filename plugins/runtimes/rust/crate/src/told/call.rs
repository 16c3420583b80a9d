// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A call of an async function, from its first poll until it returns or is dropped.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::api::{api, Site, CANCELLED};
use super::task::{get_caller, Polling, Task};

/// What `#[trace]` makes of the body of a function. The probe finds it by its name, and takes what is in it for
/// the function itself.
#[must_use]
pub struct Traced<F> {
    // First, so that calls within it end before it does.
    future: F,
    call: Call,
}

/// What is told of it.
struct Call {
    site: &'static Site,
    task: Task,
    /// 0: nothing was told
    object: u64,
}

#[inline]
pub fn trace<F: Future>(site: &'static Site, future: F) -> Traced<F> {
    Traced { future, call: Call { site, task: Task::new(), object: 0 } }
}

impl<F: Future> Future for Traced<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let address = &*self as *const Self as usize;
        // SAFETY: the future is not moved out of what is pinned, and `call` is never taken to be pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let polling = this.call.enter(context, address);
        let result = unsafe { Pin::new_unchecked(&mut this.future) }.poll(context);

        if result.is_ready() {
            this.call.end(0);
        }
        drop(polling);
        if result.is_ready() {
            this.call.end_task(0);
        }
        result
    }
}

impl Call {
    fn enter(&mut self, context: &Context<'_>, address: usize) -> Option<Polling> {
        let Some(api) = api() else {
            self.task.pass();
            return None;
        };
        let site = self.site;
        let is_first = self.task.is_fresh();
        let polling = self.task.enter(api, context, address, |api, id| api.task_begin(id, Some(site)));
        // Of one that has begun before anybody looked it is not known when.
        if is_first {
            self.object = api.call_begin(self.task.id, site, get_caller(self.task.id));
        }
        if self.object != 0 {
            polling.set_call(self.task.id, self.object);
        }
        Some(polling)
    }

    fn end(&mut self, status: i32) {
        if self.object != 0 {
            if let Some(api) = api() {
                api.call_end(self.task.id, self.object, status);
            }
            self.object = 0;
        }
    }

    fn end_task(&mut self, status: i32) {
        if self.task.is_own() {
            if let Some(api) = api() {
                self.task.end(api, status);
            }
        }
    }
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        if self.object != 0 || self.task.is_own() {
            self.end(CANCELLED);
            self.end_task(CANCELLED);
        }
    }
}
