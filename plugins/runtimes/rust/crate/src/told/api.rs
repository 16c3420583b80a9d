// SPDX-FileCopyrightText: async-inspect contributors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The C API of libinspect (inspect.h), which is in the program only when it is inspected: it is looked for by
//! name, so that nothing has to be linked.

use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// `InspectKind`: what an await or an attribute is.
#[repr(C)]
pub struct Kind {
    name: *const c_char,
    phrase: *const c_char,
    of: u32,
    flags: u32,
    id: AtomicU32,
    reserved: u32,
}

// SAFETY: all but the atomic is never changed.
unsafe impl Sync for Kind {}

const OF_AWAIT: u32 = 1;
const OF_KEY: u32 = 3;
const AWAIT_ONESHOT: u32 = 1 << 0;
const AWAIT_SUSPENDS: u32 = 1 << 13;
const AWAIT_CALLS: u32 = 1 << 14;
const VALUE_OBJECT: u32 = 9;
const VALUE_TEXT: u32 = 10;

impl Kind {
    /// Both with a NUL at the end.
    const fn new(name: &'static [u8], phrase: &'static [u8], of: u32, flags: u32) -> Self {
        Kind {
            name: name.as_ptr().cast(),
            phrase: phrase.as_ptr().cast(),
            of,
            flags,
            id: AtomicU32::new(0),
            reserved: 0,
        }
    }
}

static CALL: Kind = Kind::new(
    b"async-inspect.call\0",
    b"until it returns\0",
    OF_AWAIT,
    AWAIT_ONESHOT | AWAIT_SUSPENDS | AWAIT_CALLS,
);
static CALLER: Kind = Kind::new(b"caller\0", b"called in\0", OF_KEY, VALUE_OBJECT);
static NAME: Kind = Kind::new(b"name\0", b"name\0", OF_KEY, VALUE_TEXT);

/// `InspectLocation`: a place in the source.
#[repr(C)]
pub struct Site {
    file: *const c_char,
    function: *const c_char,
    line: u32,
    id: AtomicU32,
}

// SAFETY: all but the atomic is never changed.
unsafe impl Sync for Site {}

impl Site {
    /// Both texts with a NUL at the end.
    pub const fn new(file: &'static str, function: &'static str, line: u32) -> Self {
        Site { file: file.as_ptr().cast(), function: function.as_ptr().cast(), line, id: AtomicU32::new(0) }
    }
}

pub const NONE: u64 = 0;
pub const CANCELLED: i32 = -125;

macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// What libinspect has.
        pub struct Api {
            is_on: *const AtomicBool,
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Api {
            /// SAFETY: `find` returns the address of what is called so in inspect.h, or NULL.
            unsafe fn new(find: impl Fn(&[u8]) -> *mut c_void) -> Option<Self> {
                let is_on: *const AtomicBool = find(b"inspect_on\0").cast_const().cast();
                if is_on.is_null() {
                    return None;
                }
                $(
                    let $name = find(concat!("inspect_", stringify!($name), "\0").as_bytes());
                    if $name.is_null() {
                        return None;
                    }
                )*
                Some(Api {
                    is_on,
                    $($name: unsafe {
                        std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($argument),*) $(-> $result)?>($name)
                    },)*
                })
            }
        }
    };
}

functions! {
    kind_register: fn(*const Kind) -> u32;
    location_register: fn(*const Site) -> u32;
    id_new: fn() -> u64;
    task_begin: fn(u64, u64, u32);
    task_end: fn(u64, i32);
    task_current: fn() -> u64;
    poll_begin: fn(u64, u64, u32) -> u64;
    poll_end: fn(u64, u64);
    await_begin: fn(u64, u64, u32);
    await_end: fn(u64, u64, i32);
    attribute: fn(u64, *const Kind, u64);
    attribute_bytes: fn(u64, *const Kind, *const u8, usize);
    point: fn(u64, u32, i64);
}

// SAFETY: of the functions each call is safe in any thread, and so is an atomic.
unsafe impl Sync for Api {}
unsafe impl Send for Api {}

fn location_id(api: &Api, site: &Site) -> u32 {
    match site.id.load(Ordering::Relaxed) {
        0 => unsafe { (api.location_register)(site) },
        id => id,
    }
}

fn kind_id(api: &Api, kind: &Kind) -> u64 {
    u64::from(match kind.id.load(Ordering::Relaxed) {
        0 => unsafe { (api.kind_register)(kind) },
        id => id,
    })
}

/// All that this crate says, each as inspect.h has it.
// SAFETY, of all: inspect.h allows each in any thread, with any numbers, and keeps no address of what it is
// handed but of static data.
impl Api {
    pub fn task_current(&self) -> u64 {
        unsafe { (self.task_current)() }
    }

    pub fn task_begin(&self, task: u64, site: Option<&'static Site>) {
        let location = site.map_or(0, |site| location_id(self, site));
        unsafe { (self.task_begin)(task, NONE, location) }
    }

    pub fn task_end(&self, task: u64, status: i32) {
        unsafe { (self.task_end)(task, status) }
    }

    pub fn task_set_name(&self, task: u64, name: &[u8]) {
        unsafe { (self.attribute_bytes)(task, &NAME, name.as_ptr(), name.len()) }
    }

    /// Returns the task that was current before.
    pub fn poll_begin(&self, task: u64) -> u64 {
        unsafe { (self.poll_begin)(task, 0, 0) }
    }

    pub fn poll_end(&self, task: u64, previous: u64) {
        unsafe { (self.poll_end)(task, previous) }
    }

    /// Returns what the call is known by from now on. `caller`: the one that it is within; 0: none
    pub fn call_begin(&self, task: u64, site: &'static Site, caller: u64) -> u64 {
        unsafe {
            let call = kind_id(self, &CALL) << 48 | (self.id_new)();
            (self.await_begin)(task, call, location_id(self, site));
            if caller != 0 {
                (self.attribute)(call, &CALLER, caller);
            }
            call
        }
    }

    pub fn call_end(&self, task: u64, call: u64, status: i32) {
        unsafe { (self.await_end)(task, call, status) }
    }

    pub fn point(&self, site: &'static Site, value: i64) {
        unsafe { (self.point)(self.task_current(), location_id(self, site), value) }
    }
}

// ---- Is anybody looking? ---------------------------------------------------------------------------

static FOUND: AtomicPtr<Api> = AtomicPtr::new(std::ptr::null_mut());
static WAS_ON: AtomicBool = AtomicBool::new(false);
static LOOKS: AtomicU32 = AtomicU32::new(0);

/// Where there is no async-inspect.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn find_once_a_second() {}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[inline]
fn find_once_a_second() {
    use std::sync::atomic::AtomicI64;

    extern "C" {
        fn clock_gettime(clock: std::ffi::c_int, time: *mut [i64; 2]) -> std::ffi::c_int;
    }
    const CLOCK_MONOTONIC_COARSE: std::ffi::c_int = 6;
    static TRIED: AtomicI64 = AtomicI64::new(i64::MIN);

    let mut time = [0; 2];
    // SAFETY: a struct timespec is two 64-bit numbers here.
    unsafe { clock_gettime(CLOCK_MONOTONIC_COARSE, &mut time) };
    if TRIED.load(Ordering::Relaxed) != time[0] && TRIED.swap(time[0], Ordering::Relaxed) != time[0] {
        find();
    }
}

/// Where a program is attached to, libinspect is there later, and not among the libraries that it began with.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[cold]
fn find() {
    use std::ffi::c_int;

    extern "C" {
        fn dlopen(path: *const c_char, mode: c_int) -> *mut c_void;
        fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    }
    const RTLD_DEFAULT: *mut c_void = std::ptr::null_mut();
    const RTLD_LAZY: c_int = 1;
    const RTLD_NOLOAD: c_int = 4;

    let in_handle = |handle: *mut c_void| {
        // SAFETY: a handle that dlopen() gave or RTLD_DEFAULT, and a name with a NUL.
        unsafe { Api::new(|name| dlsym(handle, name.as_ptr().cast())) }
    };
    let found = in_handle(RTLD_DEFAULT).or_else(|| {
        // SAFETY: nothing is loaded; what is there stays there from now on.
        let handle = unsafe { dlopen(c"libinspect.so.0".as_ptr(), RTLD_LAZY | RTLD_NOLOAD) };
        if handle.is_null() {
            None
        } else {
            in_handle(handle)
        }
    });
    if let Some(api) = found {
        // For good: another thread may be about to use it at any time.
        FOUND.store(Box::leak(Box::new(api)), Ordering::Release);
    }
}

#[cold]
fn note_change(is_on: bool) {
    // Before others see that it was noted. Two may count one look twice, which does no harm.
    if is_on {
        LOOKS.fetch_add(1, Ordering::Relaxed);
    }
    WAS_ON.store(is_on, Ordering::Release);
}

/// libinspect, while somebody looks.
#[inline]
pub fn api() -> Option<&'static Api> {
    let mut found = FOUND.load(Ordering::Acquire);

    if found.is_null() {
        find_once_a_second();
        found = FOUND.load(Ordering::Acquire);
        if found.is_null() {
            return None;
        }
    }
    // SAFETY: it was leaked, and what it points to stays in the program.
    let api = unsafe { &*found };
    let is_on = unsafe { (*api.is_on).load(Ordering::Relaxed) };
    // Pairs with the store in note_change().
    if is_on != WAS_ON.load(Ordering::Acquire) {
        note_change(is_on);
    }
    is_on.then_some(api)
}

/// Another number each time that somebody begins to look.
pub fn number_of_look() -> u32 {
    LOOKS.load(Ordering::Relaxed)
}
