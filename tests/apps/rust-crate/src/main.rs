// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! `told SCENARIO [THREADS [SECONDS]]`, as ../rust/src/main.rs: a current-thread runtime with 0 threads, "ready" when
//! all tasks have come to rest. A comment "CALL: name" marks the line of a function's name.

mod forms;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use async_inspect::{inspect_point, named, named_lock, spawn_named, trace, NamedLock};
use tokio::sync::{oneshot, Barrier, Mutex};
use tokio::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(3600);

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

#[trace]
async fn wait_for_answer(answer: oneshot::Receiver<u32>) -> u32 { // CALL: answer
    answer.await.unwrap_or(0) // AWAIT: answer
}

#[trace(name = "posts")]
async fn fetch_posts(user: &str, answer: oneshot::Receiver<u32>) -> u32 { // CALL: posts
    let limit = user.len() as u32;
    wait_for_answer(answer).await + limit // AWAIT: posts
}

#[trace]
async fn fetch_user_data(id: u32, answer: oneshot::Receiver<u32>) -> u32 { // CALL: data
    let user = fetch_user(id).await;
    timeout(Duration::from_millis(10), fetch_slowly()).await.unwrap_err();
    fetch_posts(&user, answer).await // AWAIT: data
}

async fn calls() -> oneshot::Sender<u32> {
    let (sender, receiver) = oneshot::channel();
    spawn_named(format!("user {}", 42), fetch_user_data(42, receiver));
    sender
}

// ---- locks: two tasks that lock two mutexes in opposite orders ------------------------------------------

type Lock = Arc<NamedLock<Mutex<i32>>>;

async fn lock_two(first: Lock, second: Lock, both: Arc<Barrier>) -> i32 {
    let one = first.lock().await;
    both.wait().await;
    let two = second.lock().await;
    *one + *two
}

async fn locks() {
    let accounts = Arc::new(named_lock("accounts", Mutex::new(1)));
    let journal = Arc::new(named_lock("journal", Mutex::new(2)));
    let both = Arc::new(Barrier::new(2));
    // One that is used before it is moved to where it stays, and one that is no more.
    let moved = named_lock("moved", Mutex::new(3));
    *moved.lock().await += 1;
    let moved = Arc::new(moved);
    drop(named_lock("gone", Mutex::new(4)));
    spawn_named("transfer", lock_two(accounts.clone(), journal.clone(), both.clone()));
    spawn_named("audit", lock_two(journal, accounts, both));
    let held = moved.clone();
    spawn_named("holder", async move {
        let _guard = held.lock().await;
        sleep(LONG).await;
    });
    sleep(Duration::from_millis(50)).await;
    spawn_named("waiter", async move { *moved.lock().await });
}

// ---- main: what block_on() waits for -------------------------------------------------------------------

#[trace]
async fn traced_main() {
    ready();
    sleep(LONG).await; // AWAIT: whole
}

fn ready() {
    println!("ready");
    std::io::stdout().flush().unwrap();
}

async fn real_main(scenario: String) {
    let mut kept = None;
    match scenario.as_str() {
        "calls" | "ends" => kept = Some(calls().await),
        "locks" => locks().await,
        "forms" => forms::check().await,
        _ => panic!("a scenario"),
    }
    sleep(Duration::from_millis(200)).await;
    ready();
    match scenario.as_str() {
        "forms" => (),
        // With what is still there.
        "ends" => std::process::exit(0),
        _ => sleep(LONG).await,
    }
    drop(kept);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let scenario = arguments.next().expect("a scenario");
    let threads: usize = arguments.next().map_or(0, |text| text.parse().expect("a number"));
    // Whoever runs it in a test does not want to end it.
    if let Some(seconds) = arguments.next() {
        let seconds = Duration::from_secs_f64(seconds.parse().expect("seconds"));
        std::thread::spawn(move || {
            std::thread::sleep(seconds);
            std::process::exit(0);
        });
    }
    let runtime = if threads == 0 {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
    };
    if scenario == "main" {
        runtime.unwrap().block_on(named("the whole", traced_main()));
    } else {
        runtime.unwrap().block_on(real_main(scenario));
    }
}
