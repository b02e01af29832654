//! Structures that begin with their size, so that they can grow.

use crate::error::{Failure, Outcome, pmq_result};
use crate::view::reference;

/// A structure whose first field is `struct_size: usize`.
///
/// # Safety
/// It is `repr(C)`, and its first field is its size.
pub(crate) unsafe trait Sized {}

// SAFETY: `repr(C)`, and the size comes first.
unsafe impl Sized for crate::codec::pmq_decode_options {}

/// The structure at `pointer`, if it is as large as this library knows it.
///
/// # Safety
/// `pointer` is NULL or points to a number, and to as many bytes as that says.
pub(crate) unsafe fn sized<'a, T: Sized>(pointer: *const T) -> Outcome<&'a T> {
    // SAFETY: the size comes first in `T`.
    let size = *unsafe { reference(pointer.cast::<usize>()) }?;
    if size != size_of::<T>() {
        return Err(Failure::from(pmq_result::StructSize));
    }
    // SAFETY: what the caller of this function promises: there are as many bytes as a `T` has.
    unsafe { reference(pointer) }
}
