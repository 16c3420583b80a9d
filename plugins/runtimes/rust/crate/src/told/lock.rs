// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Locks that have a name. An inspector knows a lock by its address: what is called what lies in a list that its probe
//! reads from outside, of a program that runs and of what one has left.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::text::Text;

/// One name. It is never freed, and used again for another lock: a reader may be on its way along the list.
#[repr(C)]
struct Entry {
    next: AtomicPtr<Entry>,
    /// Odd while the rest is changed.
    sequence: AtomicU64,
    /// Of the NamedLock, which begins with the address of this entry; 0: it is nobody's.
    address: AtomicUsize,
    size: AtomicUsize,
    text: AtomicPtr<u8>,
    length: AtomicUsize,
}

/// Where the list begins. The probe (lock-names.c) finds it by this name.
#[repr(C)]
pub struct Names {
    magic: [u8; 8],
    first: AtomicPtr<Entry>,
}

#[no_mangle]
#[used]
#[doc(hidden)]
pub static ASYNC_INSPECT_LOCK_NAMES: Names =
    Names { magic: *b"AINAMES1", first: AtomicPtr::new(null_mut()) };

struct Free(Vec<&'static Entry>);

static FREE: Mutex<Free> = Mutex::new(Free(Vec::new()));

/// A lock with a name: it is used as the lock itself.
#[repr(C)]
pub struct NamedLock<T> {
    entry: AtomicPtr<Entry>,
    text: Text,
    lock: T,
}

/// Gives a lock a name: a mutex, an RwLock, a semaphore.
///
/// ```
/// let accounts = async_inspect::named_lock("accounts", std::sync::Mutex::new(1));
/// *accounts.lock().unwrap() += 1;
/// ```
#[inline]
pub fn named_lock<T>(name: impl Into<Cow<'static, str>>, lock: T) -> NamedLock<T> {
    NamedLock { entry: AtomicPtr::new(null_mut()), text: Text::new(name.into()), lock }
}

impl Entry {
    fn set(&self, address: usize, size: usize, text: &[u8]) {
        let before = self.sequence.fetch_add(1, Ordering::AcqRel);

        self.address.store(address, Ordering::Relaxed);
        self.size.store(size, Ordering::Relaxed);
        self.text.store(text.as_ptr().cast_mut(), Ordering::Relaxed);
        self.length.store(text.len(), Ordering::Relaxed);
        self.sequence.store(before + 2, Ordering::Release);
    }
}

/// An entry of nobody's, in the list.
fn take_entry() -> &'static Entry {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);

    free.0.pop().unwrap_or_else(|| {
        let first = &ASYNC_INSPECT_LOCK_NAMES.first;
        let entry: &'static Entry = Box::leak(Box::new(Entry {
            next: AtomicPtr::new(first.load(Ordering::Relaxed)),
            sequence: AtomicU64::new(0),
            address: AtomicUsize::new(0),
            size: AtomicUsize::new(0),
            text: AtomicPtr::new(null_mut()),
            length: AtomicUsize::new(0),
        }));
        // Others come here only with the lock.
        first.store(std::ptr::from_ref(entry).cast_mut(), Ordering::Release);
        entry
    })
}

fn give_back(entry: &'static Entry) {
    entry.set(0, 0, &[]);
    FREE.lock().unwrap_or_else(PoisonError::into_inner).0.push(entry);
}

impl<T> NamedLock<T> {
    /// The lock, without its name.
    pub fn into_inner(mut self) -> T {
        self.forget();
        let mut this = std::mem::ManuallyDrop::new(self);
        // SAFETY: neither is used or dropped after this.
        unsafe {
            std::ptr::drop_in_place(&mut this.text);
            std::ptr::read(&this.lock)
        }
    }

    /// Where it is is known once it is used: until then it may be moved, into an Arc for one.
    #[inline]
    fn put(&self) {
        let entry = self.entry.load(Ordering::Acquire);
        let address = std::ptr::from_ref(self) as usize;

        // SAFETY: entries are never freed.
        if entry.is_null() || unsafe { &*entry }.address.load(Ordering::Relaxed) != address {
            self.put_anew(address);
        }
    }

    #[cold]
    fn put_anew(&self, address: usize) {
        let entry = self.entry.load(Ordering::Acquire);

        if entry.is_null() {
            let fresh = take_entry();

            fresh.set(address, size_of::<Self>(), self.text.as_bytes());
            // Two may use it for the first time at once.
            if self
                .entry
                .compare_exchange(
                    null_mut(),
                    std::ptr::from_ref(fresh).cast_mut(),
                    Ordering::AcqRel,
                    Ordering::Acquire,
                )
                .is_err()
            {
                give_back(fresh);
            }
        } else {
            // It was moved: nobody else had it then, and those who have it now all say the same.
            let _one_at_a_time = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: entries are never freed.
            unsafe { &*entry }.set(address, size_of::<Self>(), self.text.as_bytes());
        }
    }

    fn forget(&mut self) {
        let entry = std::mem::replace(self.entry.get_mut(), null_mut());

        if !entry.is_null() {
            // SAFETY: entries are never freed.
            give_back(unsafe { &*entry });
        }
    }
}

impl<T> Deref for NamedLock<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.put();
        &self.lock
    }
}

impl<T> DerefMut for NamedLock<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.put();
        &mut self.lock
    }
}

impl<T: Default> Default for NamedLock<T> {
    fn default() -> Self {
        named_lock("", T::default())
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for NamedLock<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("NamedLock").field(&self.lock).finish()
    }
}

impl<T> Drop for NamedLock<T> {
    fn drop(&mut self) {
        self.forget();
    }
}
