// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values for test-types.c: prints where each is and what type it has, then waits to be ended.

use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone)]
#[allow(dead_code)]
pub enum Shape {
    Dot,
    Circle { radius: u32 },
    Pair(i16, bool),
}

#[derive(Debug, Clone)]
#[allow(dead_code)]
#[repr(i8)]
pub enum Signed {
    Below(u8) = -3,
    Above = 4,
}

#[derive(Debug)]
#[allow(dead_code)]
pub struct All {
    text: String,
    part: &'static str,
    numbers: Vec<u16>,
    some: Option<i64>,
    none: Option<Box<u8>>,
    niche: Option<Box<u8>>,
    error: Result<u8, String>,
    dot: Shape,
    circle: Shape,
    pair: Shape,
    below: Signed,
    above: Signed,
    boxed: Box<u32>,
    shared: Arc<(u8, char)>,
    counted: Rc<String>,
    span: Duration,
    short: Duration,
    address: SocketAddr,
    ratio: f64,
    grid: [[u8; 2]; 2],
    unit: (),
}

fn show<T: Debug>(value: &T) {
    println!("{} {:p}", std::any::type_name::<T>(), value);
}

fn main() {
    let all = All {
        text: "h\u{e9}llo \"world\"\n".into(),
        part: "part",
        numbers: vec![3, 1, 4],
        some: Some(-12),
        none: None,
        niche: Some(Box::new(200)),
        error: Err("no".into()),
        dot: Shape::Dot,
        circle: Shape::Circle { radius: 9 },
        pair: Shape::Pair(-3, true),
        below: Signed::Below(5),
        above: Signed::Above,
        boxed: Box::new(77),
        shared: Arc::new((5, 'x')),
        counted: Rc::new("rc".into()),
        span: Duration::from_millis(1500),
        short: Duration::from_millis(20),
        address: "10.1.2.3:80".parse().unwrap(),
        ratio: 0.25,
        grid: [[1, 2], [3, 4]],
        unit: (),
    };
    show(&all);
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read(&mut [0u8; 1]);
    println!("{all:?}");
}
