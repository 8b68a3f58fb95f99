//! Counts the bytes in use, so that a shard knows when to let sessions go before a growth can fail.

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};

use std::alloc::System;

struct Counting {
    used: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: Counting = Counting { used: AtomicUsize::new(0) };

/// The bytes in use.
pub(crate) fn used() -> u64 {
    ALLOCATOR.used.load(Ordering::Relaxed) as u64
}

// SAFETY: every call is handed on to the allocator as it came; counting changes no memory.
#[allow(unsafe_code, reason = "see SAFETY")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.used.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller vouches for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        self.used.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller vouches for.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.used.fetch_add(size, Ordering::Relaxed);
        self.used.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller vouches for.
        unsafe { System.realloc(at, layout, size) }
    }
}
