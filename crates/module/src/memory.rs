//! The allocator: counts the bytes in use, so that a shard knows when to let sessions go before a growth can fail, and keeps small blocks
//! that were freed at hand, because a call makes and drops a few dozen of them and the library's allocator walks its bins for each.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

use dlmalloc::GlobalDlmalloc as System;

/// Blocks up to so many bytes are kept at hand, in classes of 16 bytes.
const SMALL_MAX: usize = 512;
const STEP: usize = 16;
/// What the library aligns to without a search.
const ALIGN: usize = 8;
const CLASSES: usize = SMALL_MAX / STEP + 1;
/// The most blocks of a class that are kept; what is freed beyond goes back and may become part of larger ones.
const KEPT_MAX: u32 = 128;

struct State {
    used: usize,
    /// The blocks at hand, by class: each holds the address of the next.
    kept: [*mut u8; CLASSES],
    counts: [u32; CLASSES],
}

struct Counting(UnsafeCell<State>);

// SAFETY: a wasm instance without threads runs one call at a time; there is nobody to share with.
#[allow(unsafe_code, reason = "see SAFETY")]
unsafe impl Sync for Counting {}

#[global_allocator]
static ALLOCATOR: Counting = Counting(UnsafeCell::new(State { used: 0, kept: [ptr::null_mut(); CLASSES], counts: [0; CLASSES] }));

/// The bytes in use.
#[allow(unsafe_code, reason = "see SAFETY")]
pub(crate) fn used() -> u64 {
    // SAFETY: nothing else runs meanwhile.
    unsafe { (*ALLOCATOR.0.get()).used as u64 }
}

/// The class of a layout, and the layout of the blocks of that class; `None` for what is not small.
#[inline]
fn class(layout: Layout) -> Option<(usize, Layout)> {
    if layout.size() == 0 || layout.size() > SMALL_MAX || layout.align() > ALIGN {
        return None;
    }
    let class = layout.size().div_ceil(STEP);
    Layout::from_size_align(class * STEP, ALIGN).ok().map(|of_class| (class, of_class))
}

// Every block is aligned to 8 bytes, and an address has 4.
#[allow(clippy::cast_ptr_alignment, reason = "see above")]
// SAFETY: blocks are the library's, of the size and alignment of their class or of the layout as it came; one that is at hand is in use
// nowhere else, and its first bytes are ours.
#[allow(unsafe_code, reason = "see SAFETY")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: nothing else runs meanwhile; a block at hand holds the address of the next.
        unsafe {
            let state = &mut *self.0.get();
            state.used += layout.size();
            let Some((class, of_class)) = class(layout) else { return System.alloc(layout) };
            let block = state.kept[class];
            if block.is_null() {
                return System.alloc(of_class);
            }
            state.kept[class] = block.cast::<*mut u8>().read();
            state.counts[class] -= 1;
            block
        }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller gives the block up; it is at least 16 bytes long and aligned for an address.
        unsafe {
            let state = &mut *self.0.get();
            state.used -= layout.size();
            let Some((class, of_class)) = class(layout) else { return System.dealloc(at, layout) };
            if state.counts[class] == KEPT_MAX {
                return System.dealloc(at, of_class);
            }
            at.cast::<*mut u8>().write(state.kept[class]);
            state.kept[class] = at;
            state.counts[class] += 1;
        }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller vouches for; a block of the same class holds both sizes, and one that is copied holds the smaller.
        unsafe {
            let wanted = Layout::from_size_align_unchecked(size, layout.align());
            let (old, new) = (class(layout), class(wanted));
            if old.is_some() && old == new || old.is_none() && new.is_none() {
                let state = &mut *self.0.get();
                state.used = state.used - layout.size() + size;
                return if old.is_some() { at } else { System.realloc(at, layout, size) };
            }
            let block = self.alloc(wanted);
            if !block.is_null() {
                ptr::copy_nonoverlapping(at, block, layout.size().min(size));
                self.dealloc(at, layout);
            }
            block
        }
    }
}
