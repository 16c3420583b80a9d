// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Variables that have more than one value in them.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::sync::Arc;
use tokio::sync::Mutex;

use crate::shared::{keep, settle};

async fn collections(lock: Arc<Mutex<u32>>) {
    let map = HashMap::from([("one".to_string(), 1u32)]);
    let pairs = HashMap::from([(1u8, (-7i16, true))]);
    let many: HashMap<u8, bool> = (10..50).map(|n| (n, true)).collect();
    let set = HashSet::from([(4u8, 'x')]);
    let tree: BTreeMap<u64, Option<&str>> = (0..1000).map(|n| (n, (n == 2).then_some("two"))).collect();
    let sorted = BTreeSet::from([(3u16, 30u8), (1, 10), (2, 20)]);
    let mut ring = VecDeque::with_capacity(4);
    ring.extend([9i32, 9, 1, 2]);
    ring.drain(..2);
    ring.extend([3, 4]);
    let heap = BinaryHeap::from([5u8]);
    let linked = LinkedList::from(["a", "b", "c"]);
    let empty = (HashMap::<u8, u8>::new(), BTreeMap::<u8, u8>::new(), VecDeque::<u8>::new(), HashSet::<u8>::new());
    let nested = BTreeMap::from([("k", vec![HashSet::from([7u8])])]);
    let value = *lock.lock().await; // AWAIT: collections
    println!("{map:?}{pairs:?}{many:?}{set:?}{tree:?}{sorted:?}{ring:?}{heap:?}{linked:?}{empty:?}{nested:?}{value}");
}

pub async fn start() {
    let lock = Arc::new(Mutex::new(1));
    let guard = lock.clone().lock_owned().await;
    tokio::spawn(keep(guard));
    settle().await;
    tokio::spawn(collections(lock));
}
