// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Children, signals, files, the pool of threads, sets of tasks and of futures.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{oneshot, OnceCell};
use tokio::task::JoinSet;

/// It ends with this program, whose end of a pipe it reads from.
async fn wait_child() {
    let mut command = tokio::process::Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let input = child.stdin.take();
    child.wait().await.unwrap(); // AWAIT: wait_child
    drop(input);
}

async fn wait_signal() {
    let mut signals = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::user_defined1()).unwrap();
    signals.recv().await; // AWAIT: wait_signal
}

async fn wait_interval() {
    let mut ticks = tokio::time::interval(Duration::from_secs(3600));
    ticks.tick().await;
    ticks.tick().await; // AWAIT: wait_interval
}

async fn tick_often() {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await; // AWAIT: tick_often
    }
}

fn rest(seconds: u64) {
    std::thread::sleep(Duration::from_secs(std::hint::black_box(seconds))); // RUNS: rest
}

async fn wait_job() {
    tokio::task::spawn_blocking(|| rest(3600)).await.unwrap(); // AWAIT: wait_job
}

/// What nobody writes to cannot be opened.
async fn wait_file(path: std::path::PathBuf) {
    tokio::fs::File::open(path).await.unwrap(); // AWAIT: wait_file
}

async fn wait_set() {
    let mut set = JoinSet::new();
    set.spawn(std::future::pending::<()>());
    set.spawn(std::future::pending::<()>());
    set.join_next().await; // AWAIT: wait_set
}

async fn never(number: u32) -> u32 {
    std::future::pending::<()>().await; // AWAIT: never
    number
}

async fn wait_unordered() {
    let mut all: FuturesUnordered<_> = [never(1), never(2)].into_iter().collect();
    all.next().await; // AWAIT: wait_unordered
}

async fn wait_all() {
    futures_util::future::join_all([never(1), never(2), never(3)]).await; // AWAIT: wait_all
}

async fn set_cell(cell: Arc<OnceCell<u32>>, begun: oneshot::Sender<()>) {
    cell.get_or_init(|| async {
        begun.send(()).unwrap();
        std::future::pending().await // AWAIT: set_cell
    })
    .await;
}

async fn wait_cell(cell: Arc<OnceCell<u32>>, begun: oneshot::Receiver<()>) {
    begun.await.unwrap();
    cell.get_or_init(|| async { 2 }).await; // AWAIT: wait_cell
}

pub async fn start(fifo: String) {
    let (sender, receiver) = oneshot::channel();
    let cell = Arc::new(OnceCell::new());
    tokio::spawn(wait_child());
    tokio::spawn(wait_signal());
    tokio::spawn(wait_interval());
    tokio::spawn(tick_often());
    tokio::spawn(wait_job());
    tokio::spawn(wait_file(fifo.into()));
    tokio::spawn(wait_set());
    tokio::spawn(wait_unordered());
    tokio::spawn(wait_all());
    tokio::spawn(set_cell(cell.clone(), sender));
    tokio::spawn(wait_cell(cell, receiver));
}
