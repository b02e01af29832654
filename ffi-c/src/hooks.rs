//! What a program without an operating system defines itself: memory, and the end after a bug.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::panic::PanicInfo;

unsafe extern "C" {
    /// Memory of this size, aligned like `max_align_t`; NULL when there is none.
    fn pmq_alloc(size: usize) -> *mut c_void;
    /// Gives back what `pmq_alloc` gave.
    fn pmq_free(memory: *mut c_void);
    /// The library has a bug, or memory is exhausted. Must not return: reset, or stop.
    fn pmq_panic(file: *const u8, file_len: usize, line: u32) -> !;
}

struct Hooks;

#[global_allocator]
static ALLOCATOR: Hooks = Hooks;

// SAFETY: the program promises that its hooks behave like malloc and free.
unsafe impl GlobalAlloc for Hooks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > 2 * size_of::<usize>() {
            return core::ptr::null_mut();
        }
        // SAFETY: the program defines this function as its declaration says.
        unsafe { pmq_alloc(layout.size()) }.cast()
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        // SAFETY: `memory` came from `pmq_alloc`.
        unsafe { pmq_free(memory.cast()) }
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let (file, line) = info.location().map_or(("", 0), |location| (location.file(), location.line()));
    // SAFETY: the program defines this function as its declaration says; `file` is valid for ever.
    unsafe { pmq_panic(file.as_ptr(), file.len(), line) }
}
