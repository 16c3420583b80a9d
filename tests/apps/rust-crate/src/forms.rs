// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Functions in all forms that they have: with the attribute each is what it was without.

// What a lint would say of the functions themselves. What the attribute adds has to pass all of them.
#![deny(warnings)]
#![allow(clippy::all)]

use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use async_inspect::trace;

/// Documented.
#[trace]
#[inline]
#[must_use]
pub(crate) async fn with_attributes(number: u32) -> u32 {
    #![allow(unused_variables)]
    let unused = 1;
    number + 1
}

#[trace]
async fn returns_nothing(counter: &mut u32) {
    *counter += 1;
}

#[trace]
async fn returns_early(number: i32) -> Result<i32, Box<dyn Error + Send + Sync>> {
    if number < 0 {
        return Err("negative".into());
    }
    let parsed: i32 = "12".parse()?;
    Ok(parsed + number)
}

#[trace]
async fn borrows<'a, 'b: 'a>(first: &'a str, second: &'b str) -> &'a str {
    if first.len() > second.len() {
        first
    } else {
        second
    }
}

#[trace]
async fn elided(text: &str) -> &str {
    tokio::task::yield_now().await;
    &text[1..]
}

#[trace]
async fn generic<T, const N: usize, F: Fn(u32) -> T>(values: [u32; N], function: F) -> Vec<T>
where
    T: Debug + Clone,
    F: Send,
{
    values.iter().map(|value| function(*value)).collect()
}

#[trace]
async fn takes_impl(values: impl Iterator<Item = u32>) -> u32 {
    values.sum()
}

#[trace]
async fn returns_impl(count: u32) -> impl Iterator<Item = u32> {
    0..count
}

#[trace]
async fn returns_closure(by: u32) -> Box<dyn Fn(u32) -> u32 + Send> {
    Box::new(move |number| number + by)
}

#[trace]
async fn patterns((left, right): (u32, u32), [first, ..]: [u32; 3], mut sum: u32, _: String) -> u32 {
    sum += left + right + first;
    sum
}

#[trace]
async unsafe fn is_unsafe(pointer: *const u32) -> u32 {
    unsafe { *pointer }
}

#[trace]
async fn r#async(r#type: u32) -> u32 {
    r#type
}

#[trace]
async fn recursive(depth: u32) -> u32 {
    if depth == 0 {
        return 0;
    }
    Box::pin(recursive(depth - 1)).await + 1
}

#[trace]
async fn never_returns(done: tokio::sync::oneshot::Sender<()>) -> ! {
    done.send(()).unwrap();
    std::future::pending::<()>().await;
    unreachable!()
}

#[trace]
async fn in_macro() -> u32 {
    tokio::select! {
        value = with_attributes(1) => value,
        _ = std::future::pending::<()>() => 0,
    }
}

#[trace]
fn returns_block(number: u32) -> impl Future<Output = u32> + Send {
    let doubled = number * 2;
    async move { doubled + 1 }
}

#[trace]
fn returns_box<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        text.len()
    })
}

struct Account<'a, T> {
    name: &'a str,
    value: T,
}

impl<'a, T> Account<'a, T>
where
    T: Copy + Send + Sync,
{
    #[trace]
    pub async fn get(&self) -> T {
        self.value
    }

    #[trace]
    async fn set(&mut self, value: T) -> &mut Self {
        self.value = value;
        self
    }

    #[trace]
    async fn name(self: &Self) -> &'a str {
        self.name
    }

    #[trace]
    async fn into_value(self) -> T {
        self.value
    }

    #[trace]
    async fn new(name: &'a str, value: T) -> Self {
        Self { name, value }
    }
}

#[allow(async_fn_in_trait)]
trait Store {
    async fn load(&self, key: &str) -> Option<String>;

    #[trace]
    async fn load_twice(&self, key: &str) -> Option<String> {
        let first = self.load(key).await?;
        let second = self.load(key).await?;
        Some(first + &second)
    }
}

#[async_trait::async_trait]
trait Boxed {
    async fn run(&mut self, by: u32) -> u32;
}

struct Memory(u32);

impl Store for Memory {
    #[trace]
    async fn load(&self, key: &str) -> Option<String> {
        (key != "none").then(|| format!("{key}={}", self.0))
    }
}

#[async_trait::async_trait]
impl Boxed for Memory {
    #[trace]
    async fn run(&mut self, by: u32) -> u32 {
        self.0 += by;
        self.0
    }
}

macro_rules! make {
    ($name:ident, $kind:ty) => {
        #[trace]
        async fn $name(value: $kind) -> $kind {
            value
        }
    };
}
make!(made, u8);

/// What can be spawned still can.
fn is_send<F: Future + Send>(future: F) -> F {
    future
}

pub async fn check() {
    assert_eq!(is_send(with_attributes(1)).await, 2);
    let mut counter = 0;
    returns_nothing(&mut counter).await;
    assert_eq!(counter, 1);
    assert!(is_send(returns_early(-1)).await.is_err());
    assert_eq!(returns_early(1).await.unwrap(), 13);
    assert_eq!(borrows("abc", "ab").await, "abc");
    assert_eq!(elided("abc").await, "bc");
    assert_eq!(generic([1, 2], |value| value.to_string()).await, ["1", "2"]);
    assert_eq!(takes_impl([1, 2].into_iter()).await, 3);
    assert_eq!(returns_impl(3).await.count(), 3);
    assert_eq!(returns_closure(1).await(1), 2);
    assert_eq!(patterns((1, 2), [3, 4, 5], 6, String::new()).await, 12);
    assert_eq!(unsafe { is_unsafe(&7) }.await, 7);
    assert_eq!(r#async(8).await, 8);
    assert_eq!(is_send(recursive(5)).await, 5);
    let (done, is_done) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        never_returns(done).await;
    });
    is_done.await.unwrap();
    task.abort();
    assert_eq!(in_macro().await, 2);
    assert_eq!(is_send(returns_block(2)).await, 5);
    assert_eq!(returns_box("four").await, 4);
    let name = String::from("name");
    let mut account = Account::new(&name, 1u8).await;
    assert_eq!(account.get().await, 1);
    account.set(2).await;
    assert_eq!((account.name().await, account.into_value().await), ("name", 2));
    let mut memory = Memory(1);
    assert_eq!(memory.load_twice("a").await.as_deref(), Some("a=1a=1"));
    assert_eq!(memory.load("none").await, None);
    assert_eq!(memory.run(2).await, 3);
    assert_eq!(made(9).await, 9);
}
