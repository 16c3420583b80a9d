// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Futures that are no async functions, and what is put around others: written by hand, in boxes, in sets, in spans of
//! tracing, in closures, in themselves; and tasks of one thread.

use std::future::{poll_fn, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{FuturesOrdered, StreamExt};
use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet, LocalSet};
use tokio::time::{sleep, timeout};
use tracing::Instrument;

const LONG: Duration = Duration::from_secs(3600);

/// A future as one writes it by hand: nothing wakes it.
struct Never {
    polls: u32,
}

impl Future for Never {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> { // AWAIT: Never
        self.polls += 1;
        Poll::Pending
    }
}

/// One that polls another, which no async function has made.
struct Around<F> {
    inner: F,
}

impl<F: Future + Unpin> Future for Around<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut self.inner).poll(context)
    }
}

/// What many connections share: with the handle of a task that none of them waits for.
struct Settings {
    _task: JoinHandle<()>,
}

struct Connection<F> {
    _settings: Arc<Settings>,
    inner: F,
}

impl<F: Future + Unpin> Future for Connection<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut self.inner).poll(context)
    }
}

pub async fn wait_connection() {
    let settings = Arc::new(Settings { _task: tokio::spawn(std::future::pending()) });
    Connection { _settings: settings, inner: Box::pin(long(11)) }.await; // AWAIT: wait_connection
}

pub async fn wait_shared() {
    long(12).shared().await; // AWAIT: wait_shared
}

async fn wait_by_hand() {
    Never { polls: 7 }.await; // AWAIT: wait_by_hand
}

async fn long(number: u32) -> u32 {
    sleep(LONG).await; // AWAIT: long
    number
}

async fn wait_biased() {
    let (_sender, receiver) = oneshot::channel::<()>();
    tokio::select! {
        biased;
        _ = receiver => {}
        _ = long(1) => {}
    }
}

async fn wait_ordered() {
    let mut all: FuturesOrdered<_> = [long(2), long(3)].into_iter().collect();
    all.next().await; // AWAIT: wait_ordered
}

async fn wait_span() {
    sleep(LONG).await; // AWAIT: wait_span
}

#[async_trait::async_trait]
trait Fetch {
    async fn fetch(&self, id: u32) -> u32;
}

struct Client;

#[async_trait::async_trait]
impl Fetch for Client {
    async fn fetch(&self, id: u32) -> u32 {
        sleep(LONG).await; // AWAIT: fetch
        id
    }
}

async fn wait_trait() {
    let client: Box<dyn Fetch + Send + Sync> = Box::new(Client);
    client.fetch(5).await; // AWAIT: wait_trait
}

async fn wait_closure() {
    let get = async |id: u32| {
        sleep(LONG).await; // AWAIT: closure
        id
    };
    get(6).await; // AWAIT: wait_closure
}

fn count_down(depth: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if depth > 0 {
            count_down(depth - 1).await; // AWAIT: count_down
        } else {
            sleep(LONG).await; // AWAIT: bottom
        }
    })
}

async fn wait_depth() {
    count_down(3).await; // AWAIT: wait_depth
}

async fn wait_mapped() {
    long(4).map(|number| number + 1).boxed().await; // AWAIT: wait_mapped
}

async fn local_child() {
    sleep(LONG).await; // AWAIT: local_child
}

async fn local_parent() {
    tokio::task::spawn_local(local_child()).await.unwrap(); // AWAIT: local_parent
}

async fn run_local() {
    let set = LocalSet::new();
    set.spawn_local(local_parent());
    set.run_until(sleep(LONG)).await; // AWAIT: run_local
}

fn run_local_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run_local());
}

fn spawn_closure() {
    tokio::spawn(poll_fn(|_| Poll::<()>::Pending)); // AWAIT: spawn_closure
}

struct State {
    count: u32,
    name: String,
}

/// A block that changes a part of what is around it.
async fn wait_captured() {
    let mut state = State { count: 7, name: "captured".into() };
    let block = async {
        state.count += 1;
        std::future::pending::<()>().await; // AWAIT: wait_captured
        state.count += 1;
    };
    block.await;
    drop(state.name);
}

pub async fn start() {
    tokio::spawn(wait_captured());
    let mut set = JoinSet::new();
    let boxed: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(Never { polls: 0 });
    set.spawn(Never { polls: 0 });
    set.spawn(timeout(LONG, Never { polls: 0 }).map(|_| ()));
    set.spawn(boxed);
    std::mem::forget(set);
    tokio::spawn(Never { polls: 0 });
    tokio::spawn(Around { inner: Box::pin(long(9)) });
    tokio::spawn(timeout(LONG, Never { polls: 0 }));
    tokio::spawn(timeout(LONG, long(8)));
    tokio::spawn(sleep(LONG));
    spawn_closure();
    tokio::spawn(wait_by_hand());
    tokio::spawn(wait_biased());
    tokio::spawn(wait_ordered());
    tokio::spawn(wait_span().instrument(tracing::info_span!("span")));
    tokio::spawn(wait_trait());
    tokio::spawn(wait_closure());
    tokio::spawn(wait_depth());
    tokio::spawn(wait_mapped());
    std::thread::spawn(run_local_thread);
}
