// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values for test-types.c: prints where each is and what type it has, then waits to be ended.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

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
    instant: Instant,
    moment: SystemTime,
    address: SocketAddr,
    ratio: f64,
    grid: [[u8; 2]; 2],
    unit: (),
    map: HashMap<&'static str, u32>,
    set: HashSet<(u8, char)>,
    tree: BTreeMap<u64, Option<String>>,
    sorted: BTreeSet<(u16, u8)>,
    ring: VecDeque<i32>,
    heap: BinaryHeap<u8>,
    linked: LinkedList<String>,
    none_of: (HashMap<u8, u8>, BTreeMap<u8, u8>, VecDeque<u8>, HashSet<u8>, BTreeSet<u8>),
    nested: HashMap<u8, BTreeMap<u8, VecDeque<Shape>>>,
    nothings: HashSet<()>,
}

/// One that goes over the end of its memory.
fn ring() -> VecDeque<i32> {
    let mut ring = VecDeque::with_capacity(4);
    ring.extend([9, 9, 1, 2]);
    ring.drain(..2);
    ring.extend([3, 4]);
    ring
}

async fn waits(number: u32) -> u32 {
    std::future::pending::<()>().await;
    number
}

fn show<T: Debug>(value: &T) {
    println!("{} {:p}", std::any::type_name::<T>(), value);
}

fn main() {
    std::hint::black_box(&waits(1));
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
        instant: Instant::now(),
        moment: SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000_000_250),
        address: "10.1.2.3:80".parse().unwrap(),
        ratio: 0.25,
        grid: [[1, 2], [3, 4]],
        unit: (),
        map: HashMap::from([("a", 1)]),
        set: HashSet::from([(7, 'x')]),
        tree: (0..500).map(|n| (n, (n == 1).then(|| "one".to_string()))).collect(),
        sorted: BTreeSet::from([(3, 30), (1, 10), (2, 20)]),
        ring: ring(),
        heap: BinaryHeap::from([5]),
        linked: LinkedList::from(["a".to_string(), "b".to_string()]),
        none_of: Default::default(),
        nested: HashMap::from([(1, BTreeMap::from([(2, VecDeque::from([Shape::Dot]))]))]),
        nothings: HashSet::from([()]),
    };
    show(&all);
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read(&mut [0u8; 1]);
    println!("{all:?}");
}
