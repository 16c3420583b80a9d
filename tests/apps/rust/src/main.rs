// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tasks that wait, each for something else. `waits SCENARIO [THREADS [SECONDS]]`: a current-thread runtime
//! with 0 threads, which is the default. It says "ready" when all of them have come to rest, and
//! then waits to be ended.
//!
//! A comment "AWAIT: name" marks the line of an await, for the tests.

mod collections;
mod guards;
mod shared;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc, oneshot, watch, Barrier, Mutex, Notify, RwLock, Semaphore};
use tokio::time::{sleep, timeout};

use shared::*;

async fn fetch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener));
    tokio::spawn(fetch_user_data(address, 42));
}

// ---- locks: two tasks that lock two mutexes in opposite orders -----------------------------------

async fn lock_two(first: Arc<Mutex<i32>>, second: Arc<Mutex<i32>>, both: Arc<Barrier>) -> i32 {
    let one = first.lock().await; // AWAIT: first
    both.wait().await;
    let two = second.lock().await; // AWAIT: second
    *one + *two
}

async fn locks() {
    let a = Arc::new(Mutex::new(1));
    let b = Arc::new(Mutex::new(2));
    let both = Arc::new(Barrier::new(2));
    tokio::spawn(lock_two(a.clone(), b.clone(), both.clone()));
    tokio::spawn(lock_two(b.clone(), a.clone(), both));
    tokio::spawn(async move {
        let value = a.lock().await; // AWAIT: third
        *value
    });
}

// ---- limit: what a test has that hangs inside timeout() ------------------------------------------

async fn limited() -> Result<u32, tokio::time::error::Elapsed> {
    timeout(Duration::from_secs(30), long_operation()).await // AWAIT: limit
}

// ---- waits: everything else ----------------------------------------------------------------------

#[derive(Debug, Clone)]
#[allow(dead_code)]
enum Shape {
    Dot,
    Circle { radius: u32 },
    Pair(i16, bool),
}

async fn variables() {
    let text = String::from("h\u{e9}llo \"world\"");
    let slice: &str = &text[..3];
    let numbers = vec![3u16, 1, 4, 1, 5];
    let some = Some(-12i64);
    let none: Option<Box<u8>> = None;
    let error: Result<u8, String> = Err("no".to_string());
    let shape = Shape::Circle { radius: 9 };
    let pair = Shape::Pair(-3, true);
    let boxed = Box::new(77u32);
    let shared = Arc::new(User { id: 5, name: "ann".into() });
    let span = Duration::from_millis(1500);
    let address: std::net::SocketAddr = "10.1.2.3:80".parse().unwrap();
    let letter = 'x';
    let ratio = 0.25f64;
    sleep(LONG).await; // AWAIT: variables
    println!("{text}{slice}{numbers:?}{some:?}{none:?}{error:?}{shape:?}{pair:?}{boxed}{shared:?}");
    println!("{span:?}{address}{letter}{ratio}");
}

async fn joined() -> u32 {
    let (a, b) = tokio::join!(long_operation(), boxed(1)); // AWAIT: join
    a + b
}

async fn selected(mut receiver: mpsc::Receiver<u32>) -> u32 { // AWAIT: selected
    tokio::select! { // AWAIT: select
        value = receiver.recv() => value.unwrap_or(0),
        value = long_operation() => value,
    }
}

async fn wait_oneshot(receiver: oneshot::Receiver<u32>) -> u32 {
    receiver.await.unwrap_or(0) // AWAIT: oneshot
}

async fn wait_mpsc(mut receiver: mpsc::Receiver<u32>) -> u32 {
    receiver.recv().await.unwrap_or(0) // AWAIT: mpsc
}

async fn wait_full(sender: mpsc::Sender<u32>) {
    sender.send(1).await.unwrap();
    sender.send(2).await.unwrap(); // AWAIT: mpsc-full
}

async fn wait_broadcast(mut receiver: broadcast::Receiver<u32>) -> u32 {
    receiver.recv().await.unwrap_or(0) // AWAIT: broadcast
}

async fn wait_watch(mut receiver: watch::Receiver<u32>) {
    receiver.changed().await.unwrap(); // AWAIT: watch
}

async fn wait_notify(notify: Arc<Notify>) {
    notify.notified().await; // AWAIT: notify
}

async fn wait_barrier(barrier: Arc<Barrier>) {
    barrier.wait().await; // AWAIT: barrier
}

async fn wait_permit(semaphore: Arc<Semaphore>) {
    let _permit = semaphore.acquire().await.unwrap(); // AWAIT: semaphore
}

async fn wait_write(value: Arc<RwLock<u32>>) {
    *value.write().await += 1; // AWAIT: rwlock
}

async fn hold_read(value: Arc<RwLock<u32>>) {
    let guard = value.read().await;
    sleep(LONG).await; // AWAIT: reader
    println!("{}", *guard);
}

async fn wait_join(handle: tokio::task::JoinHandle<u32>) -> u32 {
    handle.await.unwrap_or(0) // AWAIT: joinhandle
}

async fn waits() {
    let (sender, receiver) = oneshot::channel::<u32>();
    tokio::spawn(wait_oneshot(receiver));
    let (msender, mreceiver) = mpsc::channel::<u32>(1);
    tokio::spawn(wait_mpsc(mreceiver));
    let (fsender, freceiver) = mpsc::channel::<u32>(1);
    tokio::spawn(wait_full(fsender));
    let (ssender, sreceiver) = mpsc::channel::<u32>(1);
    tokio::spawn(selected(sreceiver));
    let (bsender, breceiver) = broadcast::channel::<u32>(4);
    tokio::spawn(wait_broadcast(breceiver));
    let (wsender, wreceiver) = watch::channel(1u32);
    tokio::spawn(wait_watch(wreceiver));
    let notify = Arc::new(Notify::new());
    tokio::spawn(wait_notify(notify.clone()));
    tokio::spawn(wait_barrier(Arc::new(Barrier::new(3))));
    let semaphore = Arc::new(Semaphore::new(0));
    tokio::spawn(wait_permit(semaphore.clone()));
    let value = Arc::new(RwLock::new(1u32));
    tokio::spawn(hold_read(value.clone()));
    settle().await;
    tokio::spawn(wait_write(value));
    tokio::spawn(variables());
    tokio::spawn(boxed(2));
    tokio::spawn(joined());
    let handle = tokio::spawn(long_operation());
    tokio::spawn(wait_join(handle));
    tokio::spawn(keep((sender, msender, freceiver, ssender, (bsender, wsender, semaphore))));
}

// ---- running: tasks that are polled, and do not come back ------------------------------------------

fn reckon(mut number: u64) -> u64 {
    while number != 0 {
        number = number.wrapping_mul(6364136223846793005) | 1; // RUNS: reckon
    }
    number
}

async fn runs(number: u64) -> u64 {
    tokio::task::yield_now().await;
    reckon(std::hint::black_box(number)) // RUNS: runs
}

struct Server {
    seconds: u64,
}

trait Run {
    fn run_as(&self) -> impl std::future::Future<Output = ()> + Send;
}

impl Server {
    async fn run(&self) {
        tokio::task::yield_now().await;
        std::thread::sleep(Duration::from_secs(std::hint::black_box(self.seconds))); // RUNS: method
    }
}

impl Run for Server {
    async fn run_as(&self) {
        tokio::task::yield_now().await;
        std::thread::sleep(Duration::from_secs(std::hint::black_box(self.seconds))); // RUNS: trait
    }
}

async fn methods() {
    static SERVER: Server = Server { seconds: 3600 };
    tokio::spawn(SERVER.run());
    tokio::spawn(SERVER.run_as());
}

async fn sleeps_in_call(seconds: u64) {
    tokio::task::yield_now().await;
    std::thread::sleep(Duration::from_secs(std::hint::black_box(seconds))); // RUNS: sleeps
}

async fn running() {
    tokio::spawn(runs(7));
    tokio::spawn(sleeps_in_call(3600));
}

// ---- jobs: what the pool of threads does, and what waits for one of its threads --------------------

fn rest(seconds: u64) {
    std::thread::sleep(Duration::from_secs(std::hint::black_box(seconds))); // RUNS: job
}

async fn wait_job() {
    tokio::task::spawn_blocking(|| rest(3600)).await.unwrap(); // AWAIT: job
}

async fn wait_queued() {
    tokio::task::spawn_blocking(|| rest(3600)).await.unwrap(); // AWAIT: queued
}

async fn jobs() {
    tokio::spawn(wait_job());
    settle().await;
    tokio::spawn(wait_queued());
}

// ---- many: for figures ---------------------------------------------------------------------------

async fn sleeper(number: usize) {
    sleep(LONG).await;
    println!("{number}");
}

async fn locker(number: usize, lock: Arc<Mutex<usize>>) {
    *lock.lock().await += number;
}

async fn many(count: usize) {
    let lock = Arc::new(Mutex::new(0));
    tokio::spawn(hold(lock.clone()));
    settle().await;
    for number in 0..count / 2 {
        tokio::spawn(sleeper(number));
        tokio::spawn(locker(number, lock.clone()));
    }
}

async fn hold(lock: Arc<Mutex<usize>>) {
    let guard = lock.lock().await;
    sleep(LONG).await;
    println!("{}", *guard);
}

async fn real_main(scenario: String) {
    match scenario.as_str() {
        "fetch" => fetch().await,
        "locks" => locks().await,
        "limit" => {
            tokio::spawn(limited());
        }
        "waits" => waits().await,
        "running" => running().await,
        "jobs" => jobs().await,
        "methods" => methods().await,
        "holders" => guards::holders(),
        "parked" => guards::parked(),
        "collections" => collections::start().await,
        "blocked" => guards::blocked(),
        "vectors" => guards::vectors(),
        "permits" => guards::permits(),
        "permits-to-come" => guards::permits_to_come(),
        count => many(count.parse().expect("a scenario or a number of tasks")).await,
    }
    settle().await;
    println!("ready");
    std::io::stdout().flush().unwrap();
    sleep(LONG).await;
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
    let mut builder = if threads == 0 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    if threads > 0 {
        builder.worker_threads(threads);
    }
    if scenario == "jobs" {
        builder.max_blocking_threads(1);
    }
    builder.enable_all().build().unwrap().block_on(real_main(scenario));
}
