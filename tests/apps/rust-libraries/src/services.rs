// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Services of tower, handlers of axum, and a client of Redis, all of which somebody lets wait.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Path;
use axum::routing::get;
use axum::Router;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::sleep;
use tower::{service_fn, Service, ServiceBuilder, ServiceExt};

const LONG: Duration = Duration::from_secs(3600);

async fn serve(request: u32) -> Result<u32, Infallible> {
    sleep(LONG).await; // AWAIT: serve
    Ok(request)
}

async fn wait_service() {
    let mut service =
        ServiceBuilder::new().buffer(4).concurrency_limit(1).timeout(LONG).service(service_fn(serve));
    service.ready().await.unwrap().call(3).await.unwrap(); // AWAIT: wait_service
}

async fn wait_ready() {
    let mut first = ServiceBuilder::new().concurrency_limit(1).service(service_fn(serve));
    let mut second = first.clone();
    let pending = first.ready().await.unwrap().call(1);
    second.ready().await.unwrap(); // AWAIT: wait_ready
    drop(pending);
}

static NEVER: Notify = Notify::const_new();

async fn handler(Path(id): Path<u32>) -> String {
    NEVER.notified().await; // AWAIT: handler
    id.to_string()
}

async fn serve_axum(listener: TcpListener) {
    let app = Router::new()
        .route("/users/{id}", get(handler))
        .layer(axum::middleware::from_fn(|request, next: axum::middleware::Next| async move {
            next.run(request).await // AWAIT: layer
        }));
    axum::serve(listener, app).await.unwrap(); // AWAIT: serve_axum
}

async fn ask_axum(server: std::net::SocketAddr) {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(b"GET /users/42 HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
    stream.readable().await.unwrap(); // AWAIT: ask_axum
}

/// It answers to what a client says first, and then no more.
async fn mute(listener: TcpListener) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut all = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let n = tokio::io::AsyncReadExt::read(&mut reader, &mut buffer).await.unwrap(); // AWAIT: mute
        all.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&all).to_ascii_uppercase();
        let commands = text.matches("\r\nCLIENT\r\n").count();
        all.clear();
        for _ in 0..commands {
            writer.write_all(b"+OK\r\n").await.unwrap();
        }
    }
}

async fn wait_redis(server: std::net::SocketAddr) {
    let client = redis::Client::open(format!("redis://{server}/")).unwrap();
    let config = redis::AsyncConnectionConfig::new().set_response_timeout(LONG);
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await.unwrap();
    let _: String = redis::AsyncCommands::get(&mut connection, "key").await.unwrap(); // AWAIT: wait_redis
}

pub async fn start() {
    tokio::spawn(crate::futures::wait_connection());
    tokio::spawn(crate::futures::wait_shared());
    let web = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let redis = TcpListener::bind("127.0.0.1:0").await.unwrap();
    tokio::spawn(wait_service());
    tokio::spawn(wait_ready());
    tokio::spawn(ask_axum(web.local_addr().unwrap()));
    tokio::spawn(serve_axum(web));
    tokio::spawn(wait_redis(redis.local_addr().unwrap()));
    tokio::spawn(mute(redis));
}
