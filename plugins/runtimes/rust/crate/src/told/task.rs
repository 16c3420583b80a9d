// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which task a future is in. Mostly that is known: async-inspect tells of the polls of all tasks itself, where the
//! program has debug info. Where nobody has told, the outermost future of this crate stands for its task, and tells of
//! its polls.

use std::cell::Cell;
use std::task::Context;

use super::api::{Api, NONE};

/// tokio puts a future that is larger into a box of its own.
const LARGEST_TASK: usize = 16384;

/// The innermost call that this thread polls.
#[derive(Clone, Copy)]
struct Polled {
    task: u64,
    call: u64,
}

thread_local! {
    static POLLED: Cell<Polled> = const { Cell::new(Polled { task: NONE, call: 0 }) };
}

fn get_polled() -> Polled {
    POLLED.try_with(Cell::get).unwrap_or(Polled { task: NONE, call: 0 })
}

fn set_polled(polled: Polled) {
    let _ = POLLED.try_with(|cell| cell.set(polled));
}

/// The call of `task` within which another one begins now; 0: none
pub fn get_caller(task: u64) -> u64 {
    let polled = get_polled();

    if polled.task == task {
        polled.call
    } else {
        0
    }
}

/// The task of a future. The probe reads `id` and `is_own`.
pub struct Task {
    pub id: u64,
    /// It is told of from here.
    is_own: bool,
    was_polled: bool,
}

/// What has to be put back when the poll ends, also by a panic.
pub struct Polling {
    api: &'static Api,
    own: u64,
    previous: u64,
    outer: Polled,
}

/// The address of the task, where its future lies in it, which is what the inspector knows it by: the executor's waker
/// has it. Else that of the future.
fn choose_id(context: &Context<'_>, future: usize) -> u64 {
    const MASK: u64 = 0xffff_ffff_ffff;
    let task = context.waker().data() as usize;

    if task < future && future - task < LARGEST_TASK {
        task as u64 & MASK
    } else {
        future as u64 & MASK
    }
}

/// Threads and the like have ids that are no address; tasks of an executor that somebody has told of, theirs.
fn is_of_executor(task: u64) -> bool {
    const NO_ADDRESS: u64 = 1 << 47;

    task != NONE && task & NO_ADDRESS == 0
}

impl Task {
    pub fn new() -> Self {
        Task { id: NONE, is_own: false, was_polled: false }
    }

    /// Whether nobody has polled it yet, with an inspector or without.
    pub fn is_fresh(&self) -> bool {
        !self.was_polled
    }

    /// Nobody looks.
    pub fn pass(&mut self) {
        self.was_polled = true;
    }

    /// Before the future at the address `future` is polled. `begin` is told of a task that nobody knows.
    pub fn enter(
        &mut self,
        api: &'static Api,
        context: &Context<'_>,
        future: usize,
        begin: impl FnOnce(&Api, u64),
    ) -> Polling {
        let current = api.task_current();
        let mut polling = Polling { api, own: NONE, previous: NONE, outer: get_polled() };

        if is_of_executor(current) {
            self.is_own = false;
            self.id = current;
        } else {
            if !self.is_own {
                self.is_own = true;
                self.id = choose_id(context, future);
                if !self.was_polled {
                    begin(api, self.id);
                }
            }
            polling.own = self.id;
            polling.previous = api.poll_begin(self.id);
        }
        self.was_polled = true;
        polling
    }

    /// It has returned, or was dropped before.
    pub fn end(&mut self, api: &Api, status: i32) {
        if self.is_own {
            self.is_own = false;
            api.task_end(self.id, status);
        }
    }

    /// Whether an end has to be told of.
    pub fn is_own(&self) -> bool {
        self.is_own
    }
}

impl Polling {
    /// Calls that begin in this poll do so within `call`.
    pub fn set_call(&self, task: u64, call: u64) {
        set_polled(Polled { task, call });
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        set_polled(self.outer);
        if self.own != NONE {
            self.api.poll_end(self.own, self.previous);
        }
    }
}
