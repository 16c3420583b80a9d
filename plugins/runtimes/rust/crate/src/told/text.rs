// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A name, where the inspector finds it: its probe reads `bytes` and `length` in the program's memory.

use std::borrow::Cow;

/// Never changed once it is made.
#[repr(C)]
pub struct Text {
    bytes: *const u8,
    length: usize,
    is_owned: bool,
}

// SAFETY: what it refers to is its own or the program's data, and nobody writes to it.
unsafe impl Send for Text {}
unsafe impl Sync for Text {}

impl Text {
    pub fn new(text: Cow<'static, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Text { bytes: text.as_ptr(), length: text.len(), is_owned: false },
            Cow::Owned(text) => {
                let text = Box::leak(text.into_boxed_str());
                Text { bytes: text.as_ptr(), length: text.len(), is_owned: true }
            }
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: it was made of a text that lives as long as this.
        unsafe { std::slice::from_raw_parts(self.bytes, self.length) }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        if self.is_owned {
            let text = std::ptr::slice_from_raw_parts_mut(self.bytes.cast_mut(), self.length);
            // SAFETY: a box was leaked for it, whose content was bytes.
            drop(unsafe { Box::from_raw(text) });
        }
    }
}
