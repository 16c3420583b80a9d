// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! `told-smol EXECUTOR SCENARIO SECONDS`: what ../../rust-crate/src/main.rs does, of smol or async-std. A comment "CALL:
//! name" marks the line of a function's name.

use std::future::Future;
use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_inspect::{inspect_point, named, named_lock, trace, NamedLock};
use smol::channel::{bounded, Receiver, Sender};
use smol::future::FutureExt;
use smol::lock::{Barrier, Mutex};

const LONG: Duration = Duration::from_secs(3600);

// ---- the executor ------------------------------------------------------------------------------------

static IS_SMOL: OnceLock<bool> = OnceLock::new();

fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    if *IS_SMOL.get().unwrap() {
        smol::spawn(future).detach();
    } else {
        async_std::task::spawn(future);
    }
}

fn block_on(future: impl Future<Output = ()>) {
    if *IS_SMOL.get().unwrap() {
        smol::block_on(future);
    } else {
        async_std::task::block_on(future);
    }
}

async fn sleep(duration: Duration) {
    if *IS_SMOL.get().unwrap() {
        smol::Timer::after(duration).await;
    } else {
        async_std::task::sleep(duration).await;
    }
}

// ---- calls: functions that return, one that is cancelled, and one that does not come back -----------

#[trace]
async fn fetch_user(id: u32) -> String { // CALL: user
    sleep(Duration::from_millis(20)).await;
    inspect_point!("fetched", id);
    format!("user-{id}")
}

#[trace]
async fn fetch_slowly() { // CALL: slowly
    sleep(LONG).await;
}

#[trace(name = "posts")]
async fn fetch_posts(user: &str, answer: Receiver<u32>) -> u32 { // CALL: posts
    answer.recv().await.unwrap_or(0) + user.len() as u32 // AWAIT: posts
}

#[trace]
async fn fetch_user_data(id: u32, answer: Receiver<u32>) { // CALL: data
    let user = fetch_user(id).await;
    fetch_slowly().or(sleep(Duration::from_millis(10))).await;
    fetch_posts(&user, answer).await; // AWAIT: data
}

fn calls() -> Sender<u32> {
    let (sender, receiver) = bounded(1);
    spawn(named(format!("user {}", 42), fetch_user_data(42, receiver)));
    sender
}

// ---- locks: two tasks that lock two mutexes in opposite orders ------------------------------------------

type Lock = Arc<NamedLock<Mutex<i32>>>;

async fn lock_two(first: Lock, second: Lock, both: Arc<Barrier>) {
    let one = first.lock().await;
    both.wait().await;
    let two = second.lock().await;
    drop((one, two));
}

fn locks() {
    let accounts = Arc::new(named_lock("accounts", Mutex::new(1)));
    let journal = Arc::new(named_lock("journal", Mutex::new(2)));
    let both = Arc::new(Barrier::new(2));
    drop(named_lock("gone", Mutex::new(4)));
    spawn(named("transfer", lock_two(accounts.clone(), journal.clone(), both.clone())));
    spawn(named("audit", lock_two(journal, accounts, both)));
}

// ---- main ------------------------------------------------------------------------------------------------

async fn real_main(scenario: String) {
    let mut kept = None;
    match scenario.as_str() {
        "calls" | "ends" => kept = Some(calls()),
        "locks" => locks(),
        _ => panic!("a scenario"),
    }
    sleep(Duration::from_millis(200)).await;
    println!("ready");
    std::io::stdout().flush().unwrap();
    if scenario == "ends" {
        // With what is still there.
        std::process::exit(0);
    }
    sleep(LONG).await;
    drop(kept);
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = Duration::from_secs_f64(arguments[3].parse().expect("seconds"));
    IS_SMOL.set(arguments[1] == "smol").unwrap();
    // Whoever runs it in a test does not want to end it.
    std::thread::spawn(move || {
        std::thread::sleep(seconds);
        std::process::exit(0);
    });
    block_on(real_main(arguments[2].clone()));
}
