// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests that nobody answers, by each library that people use, and the servers that do not answer them.

use std::convert::Infallible;
use std::net::SocketAddr;

use http_body_util::{Empty, Full};
use hyper::body::{Buf, Bytes, Incoming};
use hyper::http::uri::PathAndQuery;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio_util::bytes::BufMut;

type Nothing = Empty<Bytes>;

static NEVER: Mutex<()> = Mutex::const_new(());

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let guard = NEVER.lock().await; // AWAIT: answer
    drop((guard, request));
    Ok(Response::new(Full::new(Bytes::from("ok"))))
}

async fn serve_one(listener: TcpListener) {
    loop {
        let stream = TokioIo::new(listener.accept().await.unwrap().0);
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(stream, service_fn(answer)));
    }
}

async fn serve_two(listener: TcpListener, at_a_time: u32) {
    loop {
        let stream = TokioIo::new(listener.accept().await.unwrap().0);
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder.max_concurrent_streams(at_a_time);
        tokio::spawn(builder.serve_connection(stream, service_fn(answer)));
    }
}

async fn hyper_one(server: SocketAddr) {
    let stream = TokioIo::new(TcpStream::connect(server).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::put("/hyper-one?x=1").header("host", "test").body(Nothing::new()).unwrap();
    sender.send_request(request).await.unwrap(); // AWAIT: hyper_one
}

async fn hyper_two(server: SocketAddr) {
    let stream = TokioIo::new(TcpStream::connect(server).await.unwrap());
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("http://test/hyper-two").body(Nothing::new()).unwrap();
    sender.send_request(request).await.unwrap(); // AWAIT: hyper_two
}

async fn h2_alone(server: SocketAddr) {
    let stream = TcpStream::connect(server).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let request = Request::get("http://test/h2-alone").body(()).unwrap();
    let (response, _) = sender.send_request(request, true).unwrap();
    response.await.unwrap(); // AWAIT: h2_alone
}

/// To a server that takes one at a time.
async fn h2_held(server: SocketAddr) {
    let stream = TcpStream::connect(server).await.unwrap();
    let (sender, connection) =
        h2::client::Builder::new().initial_max_send_streams(1).handshake::<_, Bytes>(stream).await.unwrap();
    tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let request = Request::get("http://test/h2-first").body(()).unwrap();
    let (_first, _) = sender.send_request(request, true).unwrap();
    let mut sender = sender.ready().await.unwrap();
    let request = Request::post("http://test/h2-held?x=1").body(()).unwrap();
    let (response, _) = sender.send_request(request, true).unwrap();
    response.await.unwrap(); // AWAIT: h2_held
}

/// What was sent later lies where the first request was.
async fn h2_gone(server: SocketAddr) {
    let stream = TcpStream::connect(server).await.unwrap();
    let (sender, mut connection) = h2::client::handshake(stream).await.unwrap();
    let mut ping = connection.ping_pong().unwrap();
    tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let request = Request::get("http://test/h2-gone").body(()).unwrap();
    let (response, _) = sender.send_request(request, true).unwrap();
    ping.ping(h2::Ping::opaque()).await.unwrap();
    let mut sender = sender.ready().await.unwrap();
    let request = Request::get(format!("http://test/h2-later?{}", "x".repeat(200))).body(()).unwrap();
    let (_later, _) = sender.send_request(request, true).unwrap();
    response.await.unwrap(); // AWAIT: h2_gone
}

/// Bytes as they are.
#[derive(Default)]
struct Plain;

impl tonic::codec::Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Plain;
    type Decoder = Plain;

    fn encoder(&mut self) -> Plain {
        Plain
    }

    fn decoder(&mut self) -> Plain {
        Plain
    }
}

impl tonic::codec::Encoder for Plain {
    type Item = Bytes;
    type Error = tonic::Status;

    fn encode(&mut self, item: Bytes, to: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), tonic::Status> {
        to.put(item);
        Ok(())
    }
}

impl tonic::codec::Decoder for Plain {
    type Item = Bytes;
    type Error = tonic::Status;

    fn decode(&mut self, from: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<Bytes>, tonic::Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

async fn tonic_call(server: SocketAddr) {
    let channel = tonic::transport::Endpoint::new(format!("http://{server}")).unwrap().connect().await.unwrap();
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/test.Greeter/SayHello");
    client.unary(tonic::Request::new(Bytes::from_static(b"x")), path, Plain).await.unwrap(); // AWAIT: tonic_call
}

async fn legacy_one(server: SocketAddr) {
    let client: Client<_, Nothing> = Client::builder(TokioExecutor::new()).build_http();
    client.get(format!("http://user:secret@{server}/legacy-one").parse().unwrap()).await.unwrap(); // AWAIT: legacy_one
}

async fn legacy_two(server: SocketAddr) {
    let client: Client<_, Nothing> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    client.get(format!("http://{server}/legacy-two").parse().unwrap()).await.unwrap(); // AWAIT: legacy_two
}

async fn reqwest_one(server: SocketAddr) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.delete(format!("http://user:secret@{server}/reqwest-one")).send().await.unwrap(); // AWAIT: reqwest_one
}

async fn reqwest_two(server: SocketAddr) {
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    client.post(format!("http://{server}/reqwest-two")).body("x").send().await.unwrap(); // AWAIT: reqwest_two
}

pub async fn start() {
    std::mem::forget(NEVER.lock().await);
    let one = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let two = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let narrow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (old, new) = (one.local_addr().unwrap(), two.local_addr().unwrap());
    tokio::spawn(h2_held(narrow.local_addr().unwrap()));
    tokio::spawn(serve_two(narrow, 1));
    tokio::spawn(serve_one(one));
    tokio::spawn(serve_two(two, 100));
    tokio::spawn(hyper_one(old));
    tokio::spawn(legacy_one(old));
    tokio::spawn(reqwest_one(old));
    tokio::spawn(hyper_two(new));
    tokio::spawn(legacy_two(new));
    tokio::spawn(reqwest_two(new));
    tokio::spawn(h2_alone(new));
    tokio::spawn(h2_gone(new));
    tokio::spawn(tonic_call(new));
}
