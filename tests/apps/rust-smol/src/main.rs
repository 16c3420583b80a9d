// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tasks that wait, each for something else, of smol or of async-std: `waits-smol SCENARIO [THREADS
//! [SECONDS]]`, as ../../rust/src/main.rs. With 0 threads smol has an executor of its own in main(), and
//! async-std one thread.
//!
//! A comment "AWAIT: name" marks the line of an await, for the tests.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "smol")]
mod runtime {
    pub use smol::channel::{bounded, Receiver, Sender};
    pub use smol::io::{AsyncReadExt, AsyncWriteExt};
    pub use smol::lock::Mutex;
    pub use smol::net::{TcpListener, TcpStream};
    use std::future::Future;

    pub type Handle<T> = smol::Task<T>;

    thread_local! {
        static LOCAL: std::cell::RefCell<Option<std::rc::Rc<smol::LocalExecutor<'static>>>> =
            const { std::cell::RefCell::new(None) };
    }

    pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Handle<T> {
        match LOCAL.with(|local| local.borrow().clone()) {
            Some(local) => local.spawn(future),
            None => smol::spawn(future),
        }
    }

    pub fn detach<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) {
        spawn(future).detach();
    }

    pub async fn sleep(duration: std::time::Duration) {
        smol::Timer::after(duration).await; // AWAIT: sleep
    }

    pub fn run(threads: usize, future: impl Future<Output = ()>) {
        if threads == 0 {
            let local = std::rc::Rc::new(smol::LocalExecutor::new());
            LOCAL.with(|slot| *slot.borrow_mut() = Some(local.clone()));
            smol::block_on(local.run(future));
        } else {
            std::env::set_var("SMOL_THREADS", threads.to_string());
            smol::block_on(future);
        }
    }
}

#[cfg(not(feature = "smol"))]
mod runtime {
    pub use async_std::channel::{bounded, Receiver, Sender};
    pub use async_std::io::prelude::{ReadExt as AsyncReadExt, WriteExt as AsyncWriteExt};
    pub use async_std::net::{TcpListener, TcpStream};
    pub use async_std::sync::Mutex;
    use std::future::Future;

    pub type Handle<T> = async_std::task::JoinHandle<T>;

    pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Handle<T> {
        async_std::task::spawn(future)
    }

    pub fn detach<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) {
        drop(spawn(future));
    }

    pub async fn sleep(duration: std::time::Duration) {
        async_std::task::sleep(duration).await // AWAIT: sleep
    }

    pub fn run(threads: usize, future: impl Future<Output = ()>) {
        std::env::set_var("ASYNC_STD_THREAD_COUNT", threads.max(1).to_string());
        async_std::task::block_on(future);
    }
}

#[path = "../../rust/src/shared.rs"]
mod shared;

use runtime::*;
use shared::*;

async fn fetch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    detach(serve(listener));
    detach(fetch_user_data(address, 42));
}

// ---- locks: two tasks that lock two mutexes in opposite orders -----------------------------------

async fn lock_two(first: Arc<Mutex<i32>>, second: Arc<Mutex<i32>>) -> i32 {
    let one = first.lock().await; // AWAIT: first
    sleep(Duration::from_millis(50)).await;
    let two = second.lock().await; // AWAIT: second
    *one + *two
}

async fn locks() {
    let a = Arc::new(Mutex::new(1));
    let b = Arc::new(Mutex::new(2));
    detach(lock_two(a.clone(), b.clone()));
    detach(lock_two(b, a));
}

// ---- waits: everything else ----------------------------------------------------------------------

async fn variables() {
    let text = String::from("h\u{e9}llo \"world\"");
    let numbers = vec![3u16, 1, 4, 1, 5];
    let some = Some(-12i64);
    let shared = Arc::new(User { id: 5, name: "ann".into() });
    let span = Duration::from_millis(1500);
    sleep(LONG).await; // AWAIT: variables
    println!("{text}{numbers:?}{some:?}{shared:?}{span:?}");
}

async fn wait_channel(receiver: Receiver<u32>) -> u32 {
    receiver.recv().await.unwrap_or(0) // AWAIT: channel
}

async fn wait_full(sender: Sender<u32>) {
    sender.send(1).await.unwrap();
    sender.send(2).await.unwrap(); // AWAIT: channel-full
}

async fn wait_join(handle: Handle<u32>) -> u32 {
    handle.await // AWAIT: joinhandle
}

async fn waits() {
    let (sender, receiver) = bounded::<u32>(1);
    detach(wait_channel(receiver));
    let (fsender, freceiver) = bounded::<u32>(1);
    detach(wait_full(fsender));
    detach(variables());
    detach(boxed(2));
    detach(wait_join(spawn(long_operation())));
    detach(keep((sender, freceiver)));
}

async fn real_main(scenario: String) {
    match scenario.as_str() {
        "fetch" => fetch().await,
        "locks" => locks().await,
        "waits" => waits().await,
        _ => panic!("a scenario"),
    }
    settle().await;
    println!("ready");
    std::io::stdout().flush().unwrap();
    sleep(LONG).await; // AWAIT: main
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
    run(threads, real_main(scenario));
}
