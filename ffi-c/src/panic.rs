//! Where Rust ends: no panic leaves the library, and every failure becomes a result.

use crate::error::{Outcome, pmq_result};

/// Runs the body of a function of the library.
pub(crate) fn boundary(body: impl FnOnce() -> Outcome) -> pmq_result {
    match guarded(body) {
        Some(Ok(())) => pmq_result::Ok,
        Some(Err(failure)) => failure.record(),
        None => crate::error::Failure::from(pmq_result::Panic).record(),
    }
}

/// Runs the body of a function that cannot fail but may panic; gives `otherwise` then.
pub(crate) fn boundary_or<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    guarded(body).unwrap_or(otherwise)
}

/// `None` when `body` panicked. What it changed may be half done; the handle is only good for being freed.
#[cfg(feature = "std")]
fn guarded<T>(body: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(body)).ok()
}

/// Without std a panic ends in `pmq_panic`, which does not return.
#[cfg(not(feature = "std"))]
#[expect(clippy::unnecessary_wraps, reason = "with std there is a choice")]
fn guarded<T>(body: impl FnOnce() -> T) -> Option<T> {
    Some(body())
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::{boundary, boundary_or};
    use crate::error::{pmq_last_error, pmq_result, pmq_strerror};

    #[test]
    fn a_panic_becomes_a_result() {
        assert_eq!(boundary(|| panic!("a bug")), pmq_result::Panic);
        // SAFETY: both are strings that the library owns.
        let (said, meant) = unsafe {
            (
                core::ffi::CStr::from_ptr(pmq_last_error()),
                core::ffi::CStr::from_ptr(pmq_strerror(pmq_result::Panic as i32)),
            )
        };
        assert_eq!(said, meant);
        assert_eq!(boundary_or(7, || panic!("a bug")), 7);
    }
}
