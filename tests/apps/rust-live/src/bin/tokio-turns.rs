// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! tokio-turns once|ever THREADS: tasks that take a known number of turns. `once` ends by itself when all
//! have; `ever` has two tasks that go on waking each other, until it is told to end.

use std::future::{pending, Future};
use std::io::Write;
use std::pin::Pin;
use std::sync::{Arc, Barrier};
use tokio::sync::{mpsc, oneshot};

const TURNS: usize = 100;
const BRIEF: usize = 50;
const EXCHANGES: usize = 20;

/// Is polled TURNS + 1 times, and stays.
async fn counted(done: oneshot::Sender<()>) {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    done.send(()).unwrap();
    pending::<()>().await;
}

/// Ends in its first poll.
async fn brief(number: usize) -> usize {
    number
}

async fn ping(to: mpsc::Sender<usize>, mut from: mpsc::Receiver<usize>) {
    for number in 0..EXCHANGES {
        to.send(number).await.unwrap();
        from.recv().await.unwrap();
    }
}

async fn pong(to: mpsc::Sender<usize>, mut from: mpsc::Receiver<usize>) {
    while let Some(number) = from.recv().await {
        to.send(number).await.unwrap();
    }
}

async fn panics() {
    tokio::task::yield_now().await;
    panic!("as it has to");
}

async fn aborted() {
    pending::<()>().await;
}

fn boxed() -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async {
        tokio::task::yield_now().await;
        brief(1).await
    })
}

async fn exchange() {
    let (there, from_there) = mpsc::channel(1);
    let (back, from_back) = mpsc::channel(1);
    let ping = tokio::spawn(ping(there, from_back));
    let pong = tokio::spawn(pong(back, from_there));
    ping.await.unwrap();
    pong.await.unwrap();
}

async fn once() {
    let (done, is_done) = oneshot::channel();
    tokio::spawn(counted(done));
    for number in 0..BRIEF {
        tokio::spawn(brief(number)).await.unwrap();
    }
    exchange().await;
    tokio::spawn(panics()).await.unwrap_err();
    let handle = tokio::spawn(aborted());
    tokio::task::yield_now().await;
    handle.abort();
    handle.await.unwrap_err();
    tokio::spawn(boxed()).await.unwrap();
    tokio::task::spawn_blocking(|| std::hint::black_box(1)).await.unwrap();
    is_done.await.unwrap();
}

async fn meet(everybody: Arc<Barrier>) {
    everybody.wait();
}

/// Each thread of the runtime comes out of the poll that it was in: it stands in another one, with all others.
async fn come_together(threads: usize) {
    let everybody = Arc::new(Barrier::new(threads));
    let all: Vec<_> = (0..threads).map(|_| tokio::spawn(meet(everybody.clone()))).collect();
    for one in all {
        one.await.unwrap();
    }
}

async fn turn(to: mpsc::Sender<usize>, mut from: mpsc::Receiver<usize>) {
    while let Some(number) = from.recv().await {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        to.send(number + 1).await.unwrap();
    }
}

async fn ever() {
    let (there, from_there) = mpsc::channel(1);
    let (back, from_back) = mpsc::channel(1);
    back.send(0).await.unwrap();
    tokio::spawn(turn(there, from_back));
    tokio::spawn(turn(back, from_there));
    println!("ready");
    std::io::stdout().flush().unwrap();
    pending::<()>().await;
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().expect("once or ever");
    let threads: usize = arguments.next().map_or(0, |text| text.parse().expect("a number"));
    std::panic::set_hook(Box::new(|_| ()));
    let runtime = if threads == 0 {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
    }
    .unwrap();
    if what == "ever" {
        // Whoever runs it in a test may not get to end it.
        std::thread::spawn(|| {
            std::thread::sleep(std::time::Duration::from_secs(120));
            std::process::exit(0);
        });
        runtime.block_on(ever());
    }
    runtime.block_on(once());
    // Whoever waits for a task is woken before the thread is done with it.
    runtime.block_on(come_together(threads));
    // As it is: what is still there has not ended.
    std::process::exit(0);
}
