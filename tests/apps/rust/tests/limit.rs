// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A test that hangs, as they do: its timeout is longer than anybody waits.

use std::time::Duration;
use tokio::time::{sleep, timeout};

async fn long_operation() -> u32 {
    sleep(Duration::from_secs(3600)).await; // AWAIT: operation
    7
}

#[tokio::test]
async fn operation_ends() {
    let value = timeout(Duration::from_secs(30), long_operation()).await; // AWAIT: test
    assert!(value.is_ok());
}

#[tokio::test]
async fn nothing_to_do_ends() {
    tokio::task::yield_now().await;
}
