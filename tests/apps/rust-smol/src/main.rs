// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tasks that wait, each for something else, of smol or of async-std: `waits-smol SCENARIO [THREADS
//! [SECONDS]]`, as ../../rust/src/main.rs. With 0 threads smol has an executor of its own in main(), and
//! async-std one thread.
//!
//! A comment "AWAIT: name" marks the line of an await, for the tests.

use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

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

use runtime::*;

#[derive(Debug)]
struct User {
    id: u32,
    name: String,
}

// ---- fetch: one answer comes, the next does not -------------------------------------------------

async fn http_get(address: std::net::SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?; // AWAIT: connect
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
    stream.write_all(request.as_bytes()).await?; // AWAIT: write
    let mut answer = vec![0u8; 512];
    let length = stream.read(&mut answer).await?; // AWAIT: read
    answer.truncate(length);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn fetch_user(address: std::net::SocketAddr, id: u32) -> std::io::Result<User> {
    let answer = http_get(address, &format!("/users/{id}")).await?;
    Ok(User { id, name: format!("user-{id} {}", answer.len()) })
}

async fn fetch_posts(address: std::net::SocketAddr, user: &User) -> std::io::Result<usize> {
    let limit = 25u8;
    let path = format!("/users/{}/posts?limit={limit}", user.id);
    let answer = http_get(address, &path).await?; // AWAIT: posts
    Ok(answer.len() + path.len() + limit as usize + user.name.len())
}

async fn fetch_friends(address: std::net::SocketAddr, user: &User) -> std::io::Result<usize> {
    Ok(http_get(address, &format!("/users/{}/friends", user.id)).await?.len())
}

async fn fetch_user_data(address: std::net::SocketAddr, id: u32) -> std::io::Result<usize> {
    let user = fetch_user(address, id).await?;
    let posts = fetch_posts(address, &user).await?; // AWAIT: user-data
    let friends = fetch_friends(address, &user).await?;
    Ok(posts + friends)
}

async fn serve(listener: TcpListener) {
    let mut open = Vec::new();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap(); // AWAIT: accept
        let mut request = [0u8; 256];
        let length = stream.read(&mut request).await.unwrap();
        let text = String::from_utf8_lossy(&request[..length]).into_owned();
        if text.matches('/').count() == 3 {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
        } else {
            open.push(stream);
        }
    }
}

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

fn boxed(depth: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        if depth > 0 {
            boxed(depth - 1).await + depth // AWAIT: boxed
        } else {
            sleep(LONG).await; // AWAIT: boxed-sleep
            0
        }
    })
}

async fn wait_channel(receiver: Receiver<u32>) -> u32 {
    receiver.recv().await.unwrap_or(0) // AWAIT: channel
}

async fn wait_full(sender: Sender<u32>) {
    sender.send(1).await.unwrap();
    sender.send(2).await.unwrap(); // AWAIT: channel-full
}

async fn long_operation() -> u32 {
    sleep(LONG).await; // AWAIT: long
    7
}

async fn wait_join(handle: Handle<u32>) -> u32 {
    handle.await // AWAIT: joinhandle
}

async fn keep<T>(kept: T) {
    sleep(LONG).await;
    drop(kept);
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

/// Until all tasks that can go on have done so.
async fn settle() {
    sleep(Duration::from_millis(200)).await;
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
