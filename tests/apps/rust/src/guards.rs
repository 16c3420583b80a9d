// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Guards and permits that do not lie in a variable, but in what one owns.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Barrier, Mutex, Semaphore};
use tokio::time::sleep;

use crate::shared::LONG;

async fn until_held(lock: &Mutex<u32>) {
    while lock.try_lock().is_ok() {
        tokio::task::yield_now().await;
    }
}

/// Of each: a task that holds a lock, how it keeps the guard, and a task that wants the lock.
macro_rules! holders {
    ($($hold:ident, $want:ident, $keep:expr;)*) => {
        $(
            async fn $hold(lock: Arc<Mutex<u32>>) {
                let kept = ($keep)(lock.lock_owned().await);
                sleep(LONG).await;
                drop(kept);
            }

            async fn $want(lock: Arc<Mutex<u32>>) -> u32 {
                until_held(&lock).await;
                *lock.lock().await
            }
        )*

        fn spawn_holders() {
            $({
                let lock = Arc::new(Mutex::new(0));
                tokio::spawn($hold(lock.clone()));
                tokio::spawn($want(lock));
            })*
        }
    };
}

holders! {
    hold_in_vec, want_of_vec, |guard| vec![guard];
    hold_in_deque, want_of_deque, |guard| VecDeque::from([guard]);
    hold_in_map, want_of_map, |guard| HashMap::from([(7u32, guard)]);
    hold_in_tree, want_of_tree, |guard| BTreeMap::from([("a", Some(guard)), ("b", None)]);
    hold_in_arc, want_of_arc, |guard| Arc::new(Session { guard, name: "s" });
    hold_in_arcs, want_of_arcs, |guard| vec![Arc::new((7u8, Some(Box::new(guard))))];
    hold_in_option, want_of_option, |guard| Some(guard);
    hold_in_box, want_of_box, |guard| Box::new(guard);
    hold_in_slice, want_of_slice, |guard| vec![guard].into_boxed_slice();
    hold_in_tuple, want_of_tuple, |guard| (7u8, guard);
    hold_in_array, want_of_array, |guard| [None, Some(guard)];
    hold_in_depth, want_of_depth, |guard| HashMap::from([("a".to_string(), vec![Box::new((7u8, Some(guard)))])]);
}

/// A guard that several tasks have: none of them lets go of the lock alone.
#[allow(dead_code)]
struct Session {
    guard: tokio::sync::OwnedMutexGuard<u32>,
    name: &'static str,
}

/// Only ever one thread has it: tasks need to be told that.
struct Moved<T>(T);
unsafe impl<T> Send for Moved<T> {}

async fn hold_in_rc(lock: Arc<Mutex<u32>>) {
    let kept = Moved(Rc::new(lock.lock_owned().await));
    sleep(LONG).await;
    drop(kept);
}

async fn want_of_rc(lock: Arc<Mutex<u32>>) -> u32 {
    until_held(&lock).await;
    *lock.lock().await
}

/// Who has a part in it can take the guard out, so that nobody can be said to hold the lock.
type Parked = Arc<std::sync::Mutex<Option<tokio::sync::OwnedMutexGuard<u32>>>>;

async fn park(lock: Arc<Mutex<u32>>, parked: Parked) {
    let guard = lock.lock_owned().await;
    *parked.lock().unwrap() = Some(guard);
    sleep(LONG).await;
    drop(parked);
}

async fn want_of_parked(lock: Arc<Mutex<u32>>, parked: Parked) -> u32 {
    until_held(&lock).await;
    let value = *lock.lock().await;
    drop(parked);
    value
}

/// Blocks its thread, and with it the guard, which is nowhere but on its stack.
async fn hold_and_block(lock: Arc<Mutex<u32>>) {
    let guard = lock.lock().await;
    std::thread::sleep(LONG);
    drop(guard);
}

async fn want_of_blocked(lock: Arc<Mutex<u32>>) -> u32 {
    until_held(&lock).await;
    *lock.lock().await
}

async fn lock_into_vec(first: Arc<Mutex<i32>>, second: Arc<Mutex<i32>>, both: Arc<Barrier>) {
    let mut guards = Vec::new();
    guards.push(first.lock_owned().await); // AWAIT: vec-first
    both.wait().await;
    guards.push(second.lock_owned().await); // AWAIT: vec-second
}

async fn take_permits(first: Arc<Semaphore>, second: Arc<Semaphore>, both: Arc<Barrier>) {
    let one = first.acquire_owned().await.unwrap(); // AWAIT: permit-first
    both.wait().await;
    let two = second.acquire().await.unwrap(); // AWAIT: permit-second
    drop((one, two));
}

pub fn holders() {
    spawn_holders();
    let lock = Arc::new(Mutex::new(0));
    tokio::spawn(hold_in_rc(lock.clone()));
    tokio::spawn(want_of_rc(lock));
}

pub fn parked() {
    let (lock, parked) = (Arc::new(Mutex::new(0)), Parked::default());
    tokio::spawn(park(lock.clone(), parked.clone()));
    tokio::spawn(want_of_parked(lock, parked));
}

pub fn blocked() {
    let lock = Arc::new(Mutex::new(0));
    tokio::spawn(hold_and_block(lock.clone()));
    tokio::spawn(want_of_blocked(lock));
}

pub fn vectors() {
    let (a, b) = (Arc::new(Mutex::new(1)), Arc::new(Mutex::new(2)));
    let both = Arc::new(Barrier::new(2));
    tokio::spawn(lock_into_vec(a.clone(), b.clone(), both.clone()));
    tokio::spawn(lock_into_vec(b, a, both));
}

pub fn permits() {
    let (a, b) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(1)));
    let both = Arc::new(Barrier::new(2));
    tokio::spawn(take_permits(a.clone(), b.clone(), both.clone()));
    tokio::spawn(take_permits(b, a, both));
}

/// Has a permit of each, and waits for nobody here.
async fn take_both(first: Arc<Semaphore>, second: Arc<Semaphore>, all: Arc<Barrier>) {
    let both = (first.acquire_owned().await.unwrap(), second.acquire_owned().await.unwrap());
    all.wait().await;
    sleep(LONG).await;
    drop(both);
}

pub fn permits_to_come() {
    let (a, b) = (Arc::new(Semaphore::new(2)), Arc::new(Semaphore::new(2)));
    let all = Arc::new(Barrier::new(3));
    tokio::spawn(take_both(a.clone(), b.clone(), all.clone()));
    tokio::spawn(take_permits(a.clone(), b.clone(), all.clone()));
    tokio::spawn(take_permits(b, a, all));
}
