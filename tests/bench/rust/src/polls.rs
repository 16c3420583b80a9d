// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! polls THREADS TURNS [console]: for each line of its input, TURNS of each sort; prints "SORT NANOSECONDS" for
//! each, of the processor time of the whole program for one poll. With "console" it has tokio-console's
//! subscriber, as that is documented, and first of all prints the address where it serves.

use std::future::Future;
use std::io::Write;
use tokio::sync::mpsc;

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;

extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// Of all its threads: what a subscriber does with what it was told counts, too.
fn cpu_ns() -> i64 {
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.seconds * 1_000_000_000 + time.nanoseconds
}

async fn count(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// One task that is woken by its scheduler.
async fn yields(turns: usize) {
    tokio::spawn(count(turns)).await.unwrap();
}

async fn answer(mut from: mpsc::Receiver<usize>, to: mpsc::Sender<usize>, turns: usize) {
    for _ in 0..turns {
        let number = from.recv().await.unwrap();
        let _ = to.send(number + 1).await;
    }
}

/// Two tasks that wake each other.
async fn messages(turns: usize) {
    let (there, from_there) = mpsc::channel(1);
    let (back, from_back) = mpsc::channel(1);
    back.send(0).await.unwrap();
    let first = tokio::spawn(answer(from_back, there, turns / 2));
    let second = tokio::spawn(answer(from_there, back, turns / 2));
    first.await.unwrap();
    second.await.unwrap();
}

async fn brief(number: usize) -> usize {
    std::hint::black_box(number)
}

/// Tasks that end in their first poll.
async fn tasks(turns: usize) {
    for number in 0..turns {
        tokio::spawn(brief(number)).await.unwrap();
    }
}

async fn measure(sort: &str, turns: usize, work: impl Future<Output = ()>) {
    let begun = cpu_ns();
    work.await;
    println!("{sort} {:.1}", (cpu_ns() - begun) as f64 / turns as f64);
}

#[cfg(feature = "console")]
fn serve() {
    // It does not tell which port it has been given, so that one is taken that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    console_subscriber::ConsoleLayer::builder().server_addr(address).init();
    println!("{address}");
}

#[cfg(not(feature = "console"))]
fn serve() {
    panic!("it was built without the subscriber");
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let threads: usize = arguments.next().expect("threads").parse().expect("a number");
    let turns: usize = arguments.next().expect("turns").parse().expect("a number");
    if arguments.next().is_some() {
        serve();
    }
    let runtime = if threads == 0 {
        tokio::runtime::Builder::new_current_thread().enable_time().build()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_time().build()
    }
    .unwrap();
    for line in std::io::stdin().lines() {
        line.unwrap();
        runtime.block_on(measure("yield_now()", turns, yields(turns)));
        runtime.block_on(measure("message", turns, messages(turns)));
        runtime.block_on(measure("spawn()", turns, tasks(turns)));
        std::io::stdout().flush().unwrap();
    }
}
