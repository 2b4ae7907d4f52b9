//! The module's memory, which natively is the process's own.

use crate::machine::Machine;

unsafe extern "C" {
    /// The SDK's: a boxed slice of that many bytes.
    fn proxy_on_memory_allocate(size: usize) -> *mut u8;
}

/// Bytes that the module hands over.
///
/// # Safety
/// `data` is null or points to `size` bytes that live as long as the call.
pub(crate) unsafe fn taken<'a>(machine: &mut Machine, data: *const u8, size: usize) -> &'a [u8] {
    if data.is_null() {
        return &[];
    }
    machine.costs.bytes_in += size as u64;
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data, size) }
}

/// Copies bytes into the module, in a buffer that it allocates itself; null where there are none.
///
/// # Safety
/// `data` and `size` can be written to.
pub(crate) unsafe fn give(
    machine: &mut Machine,
    bytes: &[u8],
    data: *mut *mut u8,
    size: *mut usize,
) {
    let mut buffer = std::ptr::null_mut();
    if !bytes.is_empty() {
        machine.costs.allocations += 1;
        machine.costs.bytes_out += bytes.len() as u64;
        // SAFETY: the SDK allocates exactly as many bytes as are copied; nothing overlaps.
        unsafe {
            buffer = proxy_on_memory_allocate(bytes.len());
            buffer.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        data.write(buffer);
        size.write(bytes.len());
    }
}

/// Writes a number where the module wants it.
///
/// # Safety
/// `place` can be written to.
pub(crate) unsafe fn put<T>(place: *mut T, value: T) {
    // SAFETY: the caller's promise.
    unsafe { place.write(value) }
}
