// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tasks that wait for PostgreSQL, by sqlx and by tokio-postgres, and for a connection of a pool. What they talk to lets
//! everybody in and answers no query. `database SCENARIO THREADS SECONDS`: there is one scenario, "queries".

use std::net::SocketAddr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::sleep;

/// "AuthenticationOk" and "ReadyForQuery".
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

async fn serve_one(mut stream: TcpStream) {
    let mut buffer = [0u8; 4096];
    if stream.read(&mut buffer).await.is_ok() && stream.write_all(WELCOME).await.is_ok() {
        while matches!(stream.read(&mut buffer).await, Ok(n) if n > 0) {}
    }
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_one(stream));
    }
}

async fn sqlx_query(pool: PgPool) {
    let query = sqlx::query(
        "SELECT name
         FROM users WHERE name <> \"x\" AND id = $1",
    );
    let _ = query.bind(42i32).fetch_all(&pool).await; // AWAIT: sqlx_query
}

async fn hold_connection(pool: PgPool, taken: oneshot::Sender<()>) {
    let connection = pool.acquire().await.unwrap(); // AWAIT: taken
    taken.send(()).unwrap();
    sleep(Duration::from_secs(10_000)).await; // AWAIT: hold_connection
    drop(connection);
}

async fn want_connection(pool: PgPool) {
    let _ = pool.acquire().await; // AWAIT: want_connection
}

async fn want_transaction(pool: PgPool) {
    let _ = pool.begin().await; // AWAIT: want_transaction
}

async fn pg_query(client: tokio_postgres::Client) {
    let _ = client.query_one("SELECT balance FROM accounts", &[]).await; // AWAIT: pg_query
}

async fn pg_simple(client: tokio_postgres::Client) {
    let _ = client.simple_query("VACUUM").await; // AWAIT: pg_simple
}

fn pool(address: SocketAddr) -> PgPool {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(address.port())
        .username("me")
        .ssl_mode(PgSslMode::Disable);
    PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10_000))
        .connect_lazy_with(options)
}

async fn client(address: SocketAddr) -> tokio_postgres::Client {
    let options = format!("host=127.0.0.1 port={} user=me sslmode=disable", address.port());
    let (client, connection) = tokio_postgres::connect(&options, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let seconds = std::env::args().nth(3).map_or(10_000, |s| s.parse().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener));

    tokio::spawn(sqlx_query(pool(address)));
    let held = pool(address);
    let (taken, has_taken) = oneshot::channel();
    tokio::spawn(hold_connection(held.clone(), taken));
    has_taken.await.unwrap();
    tokio::spawn(want_connection(held.clone()));
    tokio::spawn(want_transaction(held));

    tokio::spawn(pg_query(client(address).await));
    tokio::spawn(pg_simple(client(address).await));
    println!("ready");
    sleep(Duration::from_secs(seconds)).await;
}
