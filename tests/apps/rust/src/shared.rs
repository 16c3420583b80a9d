// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the programs of tokio and of smol and async-std have in common. Each brings the sockets and the timer of its
//! runtime.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{sleep, AsyncReadExt, AsyncWriteExt, TcpListener, TcpStream};

pub const LONG: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub struct User {
    pub id: u32,
    pub name: String,
}

// ---- fetch: one answer comes, the next does not -------------------------------------------------

pub async fn http_get(address: std::net::SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?; // AWAIT: connect
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
    stream.write_all(request.as_bytes()).await?; // AWAIT: write
    let mut answer = vec![0u8; 512];
    let length = stream.read(&mut answer).await?; // AWAIT: read
    answer.truncate(length);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

pub async fn fetch_user(address: std::net::SocketAddr, id: u32) -> std::io::Result<User> {
    let answer = http_get(address, &format!("/users/{id}")).await?;
    Ok(User { id, name: format!("user-{id} {}", answer.len()) })
}

pub async fn fetch_posts(address: std::net::SocketAddr, user: &User) -> std::io::Result<usize> {
    let limit = 25u8;
    let path = format!("/users/{}/posts?limit={limit}", user.id);
    let answer = http_get(address, &path).await?; // AWAIT: posts
    Ok(answer.len() + path.len() + limit as usize + user.name.len())
}

pub async fn fetch_friends(address: std::net::SocketAddr, user: &User) -> std::io::Result<usize> {
    Ok(http_get(address, &format!("/users/{}/friends", user.id)).await?.len())
}

pub async fn fetch_user_data(address: std::net::SocketAddr, id: u32) -> std::io::Result<usize> {
    let user = fetch_user(address, id).await?;
    let posts = fetch_posts(address, &user).await?; // AWAIT: user-data
    let friends = fetch_friends(address, &user).await?;
    Ok(posts + friends)
}

/// Answers the first request of each connection whose path has no second part.
pub async fn serve(listener: TcpListener) {
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

// ---- waits: what both have -------------------------------------------------------------------------

pub async fn long_operation() -> u32 {
    sleep(LONG).await; // AWAIT: long
    7
}

pub fn boxed(depth: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        if depth > 0 {
            boxed(depth - 1).await + depth // AWAIT: boxed
        } else {
            sleep(LONG).await; // AWAIT: boxed-sleep
            0
        }
    })
}

pub async fn keep<T>(kept: T) {
    sleep(LONG).await;
    drop(kept);
}

/// Until all tasks that can go on have done so.
pub async fn settle() {
    sleep(Duration::from_millis(200)).await;
}
