//! The raw exports for hosts: the only place with `unsafe`. A host writes a request into memory that it asked for and reads the
//! answer where it is told; nothing else is shared.

use alloc::alloc::{Layout, alloc, dealloc};
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use crate::memory;
use crate::shard::Shard;

/// What an instance keeps between calls.
struct Instance {
    shard: Option<Shard>,
    /// The last answer; its memory is used again.
    answer: Vec<u8>,
}

struct Cell(UnsafeCell<Instance>);

// SAFETY: a wasm instance without threads runs one call at a time; there is nobody to share with.
#[allow(unsafe_code, reason = "see SAFETY")]
unsafe impl Sync for Cell {}

static INSTANCE: Cell = Cell(UnsafeCell::new(Instance { shard: None, answer: Vec::new() }));

/// The version of the envelope that this module speaks.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "an export needs its plain name")]
pub extern "C" fn colloq_abi_version() -> u32 {
    colloq_abi::ABI_VERSION
}

/// Memory for a request; 0 where there is none.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "see SAFETY")]
pub extern "C" fn colloq_alloc(len: u32) -> u32 {
    let Ok(layout) = Layout::array::<u8>(len.max(1) as usize) else {
        return 0;
    };
    // SAFETY: the layout's size is at least 1.
    unsafe { alloc(layout) as u32 }
}

/// Gives memory of `colloq_alloc` back.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "see SAFETY")]
pub extern "C" fn colloq_free(at: u32, len: u32) {
    let Ok(layout) = Layout::array::<u8>(len.max(1) as usize) else {
        return;
    };
    if at != 0 {
        // SAFETY: the host hands back what `colloq_alloc` gave for the same length; one that does not breaks only its own instance.
        unsafe { dealloc(at as *mut u8, layout) };
    }
}

/// Opens the shard; answers a manifest, or nothing where the request is malformed.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "see SAFETY")]
pub extern "C" fn colloq_open(at: u32, len: u32) -> u64 {
    // SAFETY: the host wrote `len` bytes there, and one call runs at a time.
    let (request, instance) = unsafe { (core::slice::from_raw_parts(at as *const u8, len as usize), &mut *INSTANCE.0.get()) };
    let opened = colloq_abi::decode(request).ok().and_then(|open| Shard::open(&open, memory::used).ok());
    let Some(shard) = opened else { return 0 };
    instance.answer = shard.manifest();
    instance.shard = Some(shard);
    place(&instance.answer)
}

/// Answers a request; nothing where no shard was opened.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "see SAFETY")]
pub extern "C" fn colloq_call(at: u32, len: u32) -> u64 {
    // SAFETY: the host wrote `len` bytes there, and one call runs at a time.
    let (request, instance) = unsafe { (core::slice::from_raw_parts(at as *const u8, len as usize), &mut *INSTANCE.0.get()) };
    let Some(shard) = &mut instance.shard else { return 0 };
    let answer = core::mem::take(&mut instance.answer);
    instance.answer = shard.call(request, answer);
    place(&instance.answer)
}

/// `address << 32 | length`.
fn place(answer: &[u8]) -> u64 {
    (answer.as_ptr() as u64) << 32 | answer.len() as u64
}
