// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! smol-turns smol|async-std: the same as tokio-turns, as far as these have it. Both run on async-task.

use std::future::pending;

const TURNS: usize = 100;
const BRIEF: usize = 50;
const EXCHANGES: usize = 20;

async fn counted(done: smol::channel::Sender<()>) {
    for _ in 0..TURNS {
        smol::future::yield_now().await;
    }
    done.send(()).await.unwrap();
    pending::<()>().await;
}

async fn brief(done: smol::channel::Sender<()>) {
    done.send(()).await.unwrap();
}

async fn ping(to: smol::channel::Sender<usize>, from: smol::channel::Receiver<usize>) {
    for number in 0..EXCHANGES {
        to.send(number).await.unwrap();
        from.recv().await.unwrap();
    }
}

/// On another thread each message may be there when it is asked for: then it is polled once, were it not for the turn.
async fn pong(to: smol::channel::Sender<usize>, from: smol::channel::Receiver<usize>) {
    smol::future::yield_now().await;
    while let Ok(number) = from.recv().await {
        if to.send(number).await.is_err() {
            break;
        }
    }
}

/// Spawns one that spawns: its parent is known.
async fn outer(kind: bool, done: smol::channel::Sender<()>) {
    spawn(kind, inner(done));
}

async fn inner(done: smol::channel::Sender<()>) {
    done.send(()).await.unwrap();
    pending::<()>().await;
}

fn spawn(kind: bool, future: impl std::future::Future<Output = ()> + Send + 'static) {
    if kind {
        smol::spawn(future).detach();
    } else {
        async_std::task::spawn(future);
    }
}

async fn once(kind: bool) {
    let (done, is_done) = smol::channel::bounded(1);
    for _ in 0..BRIEF {
        spawn(kind, brief(done.clone()));
        is_done.recv().await.unwrap();
    }
    let (there, from_there) = smol::channel::bounded(1);
    let (back, from_back) = smol::channel::bounded(1);
    spawn(kind, pong(back, from_there));
    if kind {
        smol::spawn(ping(there, from_back)).await;
    } else {
        async_std::task::spawn(ping(there, from_back)).await;
    }
    spawn(kind, outer(kind, done.clone()));
    is_done.recv().await.unwrap();
    spawn(kind, counted(done));
    is_done.recv().await.unwrap();
}

fn main() {
    if std::env::args().nth(1).expect("smol or async-std") == "smol" {
        smol::block_on(once(true));
    } else {
        async_std::task::block_on(once(false));
    }
    std::process::exit(0);
}
