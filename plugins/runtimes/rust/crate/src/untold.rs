// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The same without the feature: everything is what it is given.

use std::borrow::Cow;
use std::future::Future;
use std::ops::{Deref, DerefMut};

/// A future with a name; without the feature `enabled` the future itself.
pub type Named<F> = F;

/// Gives a task a name, with the feature `enabled`.
#[inline(always)]
pub fn named<F: Future>(_name: impl Into<Cow<'static, str>>, future: F) -> Named<F> {
    future
}

/// A lock with a name; without the feature `enabled` no more than the lock.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct NamedLock<T>(T);

/// Gives a lock a name, with the feature `enabled`.
#[inline(always)]
pub fn named_lock<T>(_name: impl Into<Cow<'static, str>>, lock: T) -> NamedLock<T> {
    NamedLock(lock)
}

impl<T> NamedLock<T> {
    /// The lock, without its name.
    #[inline(always)]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for NamedLock<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for NamedLock<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
