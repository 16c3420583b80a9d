// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Locks that keep a thread, each held by a task that waits for something else, and wanted by tasks of other threads.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{unbounded_channel, UnboundedSender};
use tokio::task::LocalSet;
use tokio::time::sleep;

const LONG: Duration = Duration::from_secs(3600);

type Held = UnboundedSender<()>;

async fn hold_std(lock: Arc<std::sync::Mutex<u32>>, held: Held) {
    let guard = lock.lock().unwrap();
    held.send(()).unwrap();
    sleep(LONG).await; // AWAIT: hold_std
    drop(guard);
}

async fn want_std(lock: Arc<std::sync::Mutex<u32>>) {
    *lock.lock().unwrap() += 1; // RUNS: want_std
}

async fn hold_std_read(lock: Arc<std::sync::RwLock<u32>>, held: Held) {
    let guard = lock.read().unwrap();
    held.send(()).unwrap();
    sleep(LONG).await; // AWAIT: hold_std_read
    drop(guard);
}

async fn want_std_write(lock: Arc<std::sync::RwLock<u32>>) {
    *lock.write().unwrap() += 1; // RUNS: want_std_write
}

async fn hold_parking(lock: Arc<parking_lot::Mutex<u32>>, held: Held) {
    let guard = lock.lock();
    held.send(()).unwrap();
    sleep(LONG).await; // AWAIT: hold_parking
    drop(guard);
}

async fn want_parking(lock: Arc<parking_lot::Mutex<u32>>) {
    *lock.lock() += 1; // RUNS: want_parking
}

async fn hold_parking_write(lock: Arc<parking_lot::RwLock<u32>>, held: Held) {
    let guard = lock.write();
    held.send(()).unwrap();
    sleep(LONG).await; // AWAIT: hold_parking_write
    drop(guard);
}

async fn want_parking_read(lock: Arc<parking_lot::RwLock<u32>>) {
    let guard = lock.read(); // RUNS: want_parking_read
    drop(guard);
}

/// As a task of a thread of its own: a guard may not leave it.
fn on_a_thread<F: Future<Output = ()> + 'static>(make: impl FnOnce() -> F + Send + 'static) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let set = LocalSet::new();
        set.spawn_local(make());
        runtime.block_on(set);
    });
}

pub async fn start() {
    let (held, mut is_held) = unbounded_channel();
    let std_lock = Arc::new(std::sync::Mutex::new(1));
    let std_rwlock = Arc::new(std::sync::RwLock::new(1));
    let parking = Arc::new(parking_lot::Mutex::new(1));
    let parking_rwlock = Arc::new(parking_lot::RwLock::new(1));
    let (one, two, three, four) = (std_lock.clone(), std_rwlock.clone(), parking.clone(), parking_rwlock.clone());
    let (first, second, third) = (held.clone(), held.clone(), held.clone());

    on_a_thread(move || hold_std(one, first));
    on_a_thread(move || hold_std_read(two, second));
    on_a_thread(move || hold_parking(three, third));
    on_a_thread(move || hold_parking_write(four, held));
    for _ in 0..4 {
        is_held.recv().await.unwrap();
    }
    on_a_thread(move || want_std(std_lock));
    on_a_thread(move || want_std_write(std_rwlock));
    on_a_thread(move || want_parking(parking));
    on_a_thread(move || want_parking_read(parking_rwlock));
}
