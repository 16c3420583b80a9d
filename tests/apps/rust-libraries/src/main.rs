// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! `libraries SCENARIO SECONDS`, or `libraries rest FIFO SECONDS`: tasks that wait, each for something else, until the program is ended, or for
//! so many SECONDS. A comment "AWAIT: name" marks the line of an await, for the tests.

mod blocked;
mod futures;
mod http;
mod pools;
mod rest;
mod services;
mod sync;

use std::time::Duration;

async fn real_main(arguments: Vec<String>) {
    match arguments[0].as_str() {
        "blocked" => blocked::start().await,
        "futures" => futures::start().await,
        "http" => http::start().await,
        "pools" => pools::start().await,
        "rest" => rest::start(arguments[1].clone()).await,
        "services" => services::start().await,
        "sync" => sync::start().await,
        other => panic!("no scenario {other}"),
    }
    std::future::pending::<()>().await;
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let seconds = arguments.pop().and_then(|text| text.parse().ok()).expect("seconds");
    // Whoever runs it in a test does not want to end it.
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(seconds));
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(real_main(arguments));
}
