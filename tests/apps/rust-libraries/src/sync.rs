// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Locks, channels and tokens of crates beside tokio.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::StreamExt;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::sleep;
use tokio_stream::wrappers::{BroadcastStream, IntervalStream, ReceiverStream, WatchStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const LONG: Duration = Duration::from_secs(3600);

/* ---- Locks ---- */

async fn hold_futures(lock: Arc<futures_util::lock::Mutex<u32>>) {
    let guard = lock.lock().await;
    sleep(LONG).await; // AWAIT: hold_futures
    drop(guard);
}

async fn wait_futures(lock: Arc<futures_util::lock::Mutex<u32>>) {
    *lock.lock().await += 1; // AWAIT: wait_futures
}

async fn hold_mutex(lock: Arc<async_lock::Mutex<u32>>) {
    let guard = lock.lock().await;
    sleep(LONG).await; // AWAIT: hold_mutex
    drop(guard);
}

async fn wait_mutex(lock: Arc<async_lock::Mutex<u32>>) {
    *lock.lock().await += 1; // AWAIT: wait_mutex
}

async fn hold_rwlock(lock: Arc<async_lock::RwLock<u32>>) {
    let guard = lock.read().await;
    sleep(LONG).await; // AWAIT: hold_rwlock
    drop(guard);
}

async fn wait_write(lock: Arc<async_lock::RwLock<u32>>) {
    *lock.write().await += 1; // AWAIT: wait_write
}

async fn wait_read(lock: Arc<async_lock::RwLock<u32>>) {
    let guard = lock.read().await; // AWAIT: wait_read
    drop(guard);
}

async fn hold_permit(semaphore: Arc<async_lock::Semaphore>) {
    let guard = semaphore.acquire().await;
    sleep(LONG).await; // AWAIT: hold_permit
    drop(guard);
}

async fn wait_permit(semaphore: Arc<async_lock::Semaphore>) {
    drop(semaphore.acquire().await); // AWAIT: wait_permit
}

async fn wait_barrier(barrier: Arc<async_lock::Barrier>) {
    barrier.wait().await; // AWAIT: wait_barrier
}

async fn set_once(cell: Arc<async_lock::OnceCell<u32>>) {
    cell.get_or_init(|| async {
        sleep(LONG).await; // AWAIT: set_once
        1
    })
    .await;
}

async fn wait_once(cell: Arc<async_lock::OnceCell<u32>>) {
    cell.wait().await; // AWAIT: wait_once
}

/* ---- Channels ---- */

async fn wait_async_channel(receiver: async_channel::Receiver<u32>) {
    receiver.recv().await.unwrap(); // AWAIT: wait_async_channel
}

async fn wait_async_full(sender: async_channel::Sender<u32>) {
    sender.send(2).await.unwrap(); // AWAIT: wait_async_full
}

async fn wait_flume(receiver: flume::Receiver<u32>) {
    receiver.recv_async().await.unwrap(); // AWAIT: wait_flume
}

async fn wait_flume_full(sender: flume::Sender<u32>) {
    sender.send_async(2).await.unwrap(); // AWAIT: wait_flume_full
}

async fn wait_flume_stream(receiver: flume::Receiver<u32>) {
    receiver.stream().next().await; // AWAIT: wait_flume_stream
}

/* ---- tokio-util, tokio-stream ---- */

async fn wait_token(token: CancellationToken) {
    token.cancelled().await; // AWAIT: wait_token
}

async fn wait_token_owned(token: CancellationToken) {
    token.cancelled_owned().await; // AWAIT: wait_token_owned
}

async fn wait_cancelled(token: CancellationToken) {
    token.run_until_cancelled(sleep(LONG)).await; // AWAIT: wait_cancelled
}

async fn tracked() {
    sleep(LONG).await; // AWAIT: tracked
}

async fn wait_tracker(tracker: TaskTracker) {
    tracker.wait().await; // AWAIT: wait_tracker
}

async fn wait_receiver_stream(receiver: mpsc::Receiver<u32>) {
    ReceiverStream::new(receiver).next().await; // AWAIT: wait_receiver_stream
}

async fn wait_broadcast_stream(receiver: broadcast::Receiver<u32>) {
    tokio_stream::StreamExt::next(&mut BroadcastStream::new(receiver)).await; // AWAIT: wait_broadcast_stream
}

async fn wait_watch_stream(receiver: watch::Receiver<u32>) {
    WatchStream::from_changes(receiver).next().await; // AWAIT: wait_watch_stream
}

async fn wait_interval_stream() {
    let mut ticks = IntervalStream::new(tokio::time::interval(LONG));
    ticks.next().await;
    ticks.next().await; // AWAIT: wait_interval_stream
}

async fn wait_merged(receiver: mpsc::UnboundedReceiver<u32>, other: mpsc::Receiver<u32>) {
    let first = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
    let mut both = tokio_stream::StreamExt::merge(first, ReceiverStream::new(other));
    tokio_stream::StreamExt::next(&mut both).await; // AWAIT: wait_merged
}

/// What waits needs to know that what it waits for has begun.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    sleep(Duration::from_millis(50)).await;
}

pub async fn start() {
    let futures_lock = Arc::new(futures_util::lock::Mutex::new(1));
    let mutex = Arc::new(async_lock::Mutex::new(1));
    let rwlock = Arc::new(async_lock::RwLock::new(1));
    let semaphore = Arc::new(async_lock::Semaphore::new(1));
    let cell = Arc::new(async_lock::OnceCell::new());
    let token = CancellationToken::new();
    let tracker = TaskTracker::new();
    let (async_sender, async_receiver) = async_channel::bounded(1);
    let (full_sender, full_receiver) = async_channel::bounded(1);
    let (flume_sender, flume_receiver) = flume::bounded(1);
    let (flume_full, flume_kept) = flume::bounded(1);
    let (sender, receiver) = mpsc::channel(1);
    let (other_sender, other_receiver) = mpsc::channel(1);
    let (unbounded_sender, unbounded_receiver) = mpsc::unbounded_channel();
    let (broadcast_sender, broadcast_receiver) = broadcast::channel(4);
    let (watch_sender, watch_receiver) = watch::channel(1);

    tokio::spawn(hold_futures(futures_lock.clone()));
    tokio::spawn(hold_mutex(mutex.clone()));
    tokio::spawn(hold_rwlock(rwlock.clone()));
    tokio::spawn(hold_permit(semaphore.clone()));
    tokio::spawn(set_once(cell.clone()));
    settle().await;
    tokio::spawn(wait_futures(futures_lock));
    tokio::spawn(wait_mutex(mutex));
    tokio::spawn(wait_write(rwlock.clone()));
    settle().await;
    tokio::spawn(wait_read(rwlock));
    tokio::spawn(wait_permit(semaphore));
    tokio::spawn(wait_barrier(Arc::new(async_lock::Barrier::new(2))));
    tokio::spawn(wait_once(cell));
    tokio::spawn(wait_async_channel(async_receiver));
    full_sender.send(1).await.unwrap();
    tokio::spawn(wait_async_full(full_sender));
    tokio::spawn(wait_flume(flume_receiver.clone()));
    tokio::spawn(wait_flume_stream(flume_receiver));
    flume_full.send(1).unwrap();
    tokio::spawn(wait_flume_full(flume_full));
    tokio::spawn(wait_token(token.clone()));
    tokio::spawn(wait_token_owned(token.child_token()));
    tokio::spawn(wait_cancelled(token.clone()));
    tracker.spawn(tracked());
    tracker.close();
    tokio::spawn(wait_tracker(tracker));
    tokio::spawn(wait_receiver_stream(receiver));
    tokio::spawn(wait_broadcast_stream(broadcast_receiver));
    tokio::spawn(wait_watch_stream(watch_receiver));
    tokio::spawn(wait_interval_stream());
    tokio::spawn(wait_merged(unbounded_receiver, other_receiver));
    std::mem::forget((
        (async_sender, full_receiver, flume_sender, flume_kept, token),
        (sender, other_sender, unbounded_sender, broadcast_sender, watch_sender),
    ));
}
