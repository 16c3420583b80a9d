// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Pools of connections that others have.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

struct Connection;

struct Made;

impl deadpool::managed::Manager for Made {
    type Type = Connection;
    type Error = Infallible;

    async fn create(&self) -> Result<Connection, Infallible> {
        Ok(Connection)
    }

    async fn recycle(
        &self,
        _: &mut Connection,
        _: &deadpool::managed::Metrics,
    ) -> deadpool::managed::RecycleResult<Infallible> {
        Ok(())
    }
}

impl bb8::ManageConnection for Made {
    type Connection = Connection;
    type Error = Infallible;

    async fn connect(&self) -> Result<Connection, Infallible> {
        Ok(Connection)
    }

    async fn is_valid(&self, _: &mut Connection) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

/// A connection to something that lets nobody in.
struct Slow(Arc<Semaphore>);

impl deadpool::managed::Manager for Slow {
    type Type = Connection;
    type Error = Infallible;

    async fn create(&self) -> Result<Connection, Infallible> {
        let permit = self.0.acquire().await; // AWAIT: slow_create
        drop(permit);
        Ok(Connection)
    }

    async fn recycle(
        &self,
        _: &mut Connection,
        _: &deadpool::managed::Metrics,
    ) -> deadpool::managed::RecycleResult<Infallible> {
        Ok(())
    }
}

type Deadpool = deadpool::managed::Pool<Made>;
type Bb8 = bb8::Pool<Made>;

async fn hold_deadpool(pool: Deadpool, then: impl FnOnce()) {
    let held = pool.get().await.ok().unwrap(); // AWAIT: take_deadpool
    then();
    pending::<()>().await; // AWAIT: hold_deadpool
    drop(held);
}

async fn wait_deadpool(pool: Deadpool) {
    drop(pool.get().await); // AWAIT: wait_deadpool
}

async fn hold_bb8(pool: Bb8, then: impl FnOnce()) {
    let held = pool.get().await.unwrap(); // AWAIT: take_bb8
    then();
    pending::<()>().await; // AWAIT: hold_bb8
    drop(held);
}

async fn wait_bb8(pool: Bb8) {
    let _ = pool.get().await; // AWAIT: wait_bb8
}

async fn wait_slow(pool: deadpool::managed::Pool<Slow>) {
    drop(pool.get().await); // AWAIT: wait_slow
}

pub async fn start() {
    let deadpool = Deadpool::builder(Made).max_size(1).build().unwrap();
    let other = deadpool.clone();
    tokio::spawn(hold_deadpool(deadpool, || drop(tokio::spawn(wait_deadpool(other)))));
    let bb8 = Bb8::builder().max_size(1).connection_timeout(Duration::from_secs(300)).build(Made).await.unwrap();
    let other = bb8.clone();
    tokio::spawn(hold_bb8(bb8, || drop(tokio::spawn(wait_bb8(other)))));
    let slow = deadpool::managed::Pool::builder(Slow(Arc::new(Semaphore::new(0)))).max_size(3).build().unwrap();
    tokio::spawn(wait_slow(slow));
}
