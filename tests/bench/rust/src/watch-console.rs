// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! watch-console ADDRESS: asks a program with tokio-console's subscriber for all that it tells, as tokio-console
//! does, until the program ends; prints how many updates there were and how many events the program dropped.

use console_api::instrument::{instrument_client::InstrumentClient, InstrumentRequest};

async fn watch(address: String) -> (usize, u64) {
    let mut client = loop {
        match InstrumentClient::connect(format!("http://{address}")).await {
            Ok(client) => break client,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    };
    let mut updates = client.watch_updates(InstrumentRequest {}).await.expect("updates").into_inner();
    let (mut n_updates, mut n_dropped) = (0, 0);
    println!("watching");
    while let Ok(Some(update)) = updates.message().await {
        n_updates += 1;
        n_dropped += update.task_update.map_or(0, |tasks| tasks.dropped_events);
    }
    (n_updates, n_dropped)
}

fn main() {
    let address = std::env::args().nth(1).expect("an address");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (n_updates, n_dropped) = runtime.block_on(watch(address));
    println!("{n_updates} updates, {n_dropped} events dropped");
}
