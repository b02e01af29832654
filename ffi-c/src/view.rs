//! Strings and bytes that belong to someone else, and pointers from C.

use crate::error::{Failure, Outcome, pmq_result};
use core::ffi::c_char;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use core::slice;

/// UTF-8 text that belongs to someone else; it does not end with a zero. `data` NULL: there is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_str {
    /// The first byte.
    pub data: *const c_char,
    /// How many bytes.
    pub len: usize,
}

/// Bytes that belong to someone else. `data` NULL: there are none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_bytes {
    /// The first byte.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

impl pmq_str {
    /// No text at all.
    pub(crate) const ABSENT: Self = Self { data: ptr::null(), len: 0 };

    pub(crate) const fn new(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }

    pub(crate) fn optional(text: Option<&str>) -> Self {
        text.map_or(Self::ABSENT, Self::new)
    }

    /// The text; `None` when there is none.
    ///
    /// # Safety
    /// `data` is NULL or the first of `len` bytes that stay as they are for `'a`.
    pub(crate) unsafe fn get<'a>(self) -> Outcome<Option<&'a str>> {
        let bytes = pmq_bytes { data: self.data.cast(), len: self.len };
        // SAFETY: what the caller of this function promises.
        let Some(bytes) = unsafe { bytes.optional_get() }? else { return Ok(None) };
        core::str::from_utf8(bytes).map(Some).map_err(|_| pmq_result::NotUtf8.into())
    }

    /// The text, empty when there is none.
    ///
    /// # Safety
    /// As [`pmq_str::get`].
    pub(crate) unsafe fn or_empty<'a>(self) -> Outcome<&'a str> {
        // SAFETY: what the caller of this function promises.
        Ok(unsafe { self.get() }?.unwrap_or(""))
    }
}

impl pmq_bytes {
    /// No bytes at all.
    pub(crate) const ABSENT: Self = Self { data: ptr::null(), len: 0 };

    pub(crate) const fn new(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    pub(crate) fn optional(bytes: Option<&[u8]>) -> Self {
        bytes.map_or(Self::ABSENT, Self::new)
    }

    /// The bytes; `None` when there are none.
    ///
    /// # Safety
    /// `data` is NULL or the first of `len` bytes that stay as they are for `'a`.
    pub(crate) unsafe fn optional_get<'a>(self) -> Outcome<Option<&'a [u8]>> {
        if self.data.is_null() {
            return if self.len == 0 { Ok(None) } else { Err(pmq_result::NullPointer.into()) };
        }
        if isize::try_from(self.len).is_err() {
            return Err(pmq_result::Value.into());
        }
        // SAFETY: `data` is not NULL, and the caller of this function promises the rest.
        Ok(Some(unsafe { slice::from_raw_parts(self.data, self.len) }))
    }

    /// The bytes, empty when there are none.
    ///
    /// # Safety
    /// As [`pmq_bytes::optional_get`].
    pub(crate) unsafe fn get<'a>(self) -> Outcome<&'a [u8]> {
        // SAFETY: what the caller of this function promises.
        Ok(unsafe { self.optional_get() }?.unwrap_or(&[]))
    }
}

/// What stands at `pointer`.
///
/// # Safety
/// `pointer` is NULL or points to a `T` that nobody changes for `'a`.
pub(crate) unsafe fn reference<'a, T>(pointer: *const T) -> Outcome<&'a T> {
    // SAFETY: what the caller of this function promises.
    unsafe { pointer.as_ref() }.ok_or(Failure::from(pmq_result::NullPointer))
}

/// What stands at `pointer`, to change.
///
/// # Safety
/// `pointer` is NULL or points to a `T` that nobody else uses for `'a`.
pub(crate) unsafe fn exclusive<'a, T>(pointer: *mut T) -> Outcome<&'a mut T> {
    // SAFETY: what the caller of this function promises.
    unsafe { pointer.as_mut() }.ok_or(Failure::from(pmq_result::NullPointer))
}

/// The `count` values from `pointer` on; none when it is NULL and `count` is 0.
///
/// # Safety
/// `pointer` is NULL or the first of `count` values that nobody changes for `'a`.
pub(crate) unsafe fn array<'a, T>(pointer: *const T, count: usize) -> Outcome<&'a [T]> {
    if pointer.is_null() {
        return if count == 0 { Ok(&[]) } else { Err(pmq_result::NullPointer.into()) };
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(pmq_result::Value.into());
    }
    // SAFETY: `pointer` is not NULL, and the caller of this function promises the rest.
    Ok(unsafe { slice::from_raw_parts(pointer, count) })
}

/// A place for a result, checked before the work and written after it.
pub(crate) struct Out<'a, T> {
    place: NonNull<T>,
    lifetime: PhantomData<&'a mut T>,
}

impl<T> Out<'_, T> {
    /// # Safety
    /// `pointer` is NULL or has room for a `T`.
    pub(crate) unsafe fn new(pointer: *mut T) -> Outcome<Self> {
        let place = NonNull::new(pointer).ok_or(Failure::from(pmq_result::NullPointer))?;
        Ok(Self { place, lifetime: PhantomData })
    }

    /// For a result that the caller may not want.
    ///
    /// # Safety
    /// `pointer` is NULL or has room for a `T`.
    pub(crate) unsafe fn optional(pointer: *mut T) -> Option<Self> {
        // SAFETY: what the caller of this function promises.
        unsafe { Self::new(pointer) }.ok()
    }

    pub(crate) fn set(self, value: T) {
        // SAFETY: `place` has room for a `T`: `new` was promised that.
        unsafe { self.place.write(value) }
    }
}

/// The caller's buffer for a result whose size is not known before. Counts on when it is full.
pub(crate) struct Buffer<'a, T> {
    first: *mut T,
    capacity: usize,
    len: usize,
    count: Out<'a, usize>,
}

impl<T: Copy> Buffer<'_, T> {
    /// # Safety
    /// `first` is NULL or the first of `capacity` places for a `T`; `count` is NULL or has room for a number.
    pub(crate) unsafe fn new(first: *mut T, capacity: usize, count: *mut usize) -> Outcome<Self> {
        if first.is_null() && capacity > 0 {
            return Err(pmq_result::NullPointer.into());
        }
        // SAFETY: what the caller of this function promises.
        let count = unsafe { Out::new(count) }?;
        Ok(Self { first, capacity, len: 0, count })
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.len < self.capacity {
            // SAFETY: `len` is below the number of places that `new` was promised.
            let place = unsafe { self.first.add(self.len) };
            // SAFETY: as above.
            unsafe { place.write(value) };
        }
        self.len += 1;
    }

    pub(crate) fn extend(&mut self, values: &[T]) {
        let fitting = values.len().min(self.capacity.saturating_sub(self.len));
        if fitting > 0 {
            // SAFETY: `len` is below the number of places that `new` was promised.
            let place = unsafe { self.first.add(self.len) };
            // SAFETY: there are enough places, and the caller's buffer and our own values do not overlap.
            unsafe { ptr::copy_nonoverlapping(values.as_ptr(), place, fitting) };
        }
        self.len += values.len();
    }

    /// Tells how many there are; fails when they did not fit.
    pub(crate) fn finish(self) -> Outcome {
        let fits = self.len <= self.capacity;
        self.count.set(self.len);
        if fits { Ok(()) } else { Err(pmq_result::BufferTooSmall.into()) }
    }
}

impl Buffer<'_, u8> {
    /// Ends a text with a zero that does not count.
    pub(crate) fn finish_text(mut self) -> Outcome {
        let len = self.len;
        self.push(0);
        let fits = self.len <= self.capacity;
        self.count.set(len);
        if fits { Ok(()) } else { Err(pmq_result::BufferTooSmall.into()) }
    }
}

impl fmt::Write for Buffer<'_, u8> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.extend(text.as_bytes());
        Ok(())
    }
}
