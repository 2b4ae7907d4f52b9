//! Data that all VMs of one `vm_id` share, and randomness.

use std::ptr::null_mut;

use super::{Result, Status, check};

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_shared_data(
        key: *const u8,
        key_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
        cas: *mut u32,
    ) -> u32;
    fn proxy_set_shared_data(
        key: *const u8,
        key_size: usize,
        value: *const u8,
        value_size: usize,
        cas: u32,
    ) -> u32;
}

/// A value and the number of its version.
pub(crate) fn shared_data(key: &[u8]) -> Result<Option<(Vec<u8>, u32)>> {
    let mut data: *mut u8 = null_mut();
    let mut size: usize = 0;
    let mut cas = 0;
    // SAFETY: key and out pointers outlive the call.
    let status = unsafe {
        proxy_get_shared_data(
            key.as_ptr(),
            key.len(),
            &raw mut data,
            &raw mut size,
            &raw mut cas,
        )
    };
    let value = super::taken_over(data, size);
    super::absent_is_none(check(status).map(|()| (value, cas)))
}

/// Writes where the version still has that number; false where it has another one.
pub(crate) fn set_shared_data(key: &[u8], value: &[u8], cas: u32) -> Result<bool> {
    // SAFETY: key and value outlive the call.
    let status =
        unsafe { proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas) };
    match check(status) {
        Ok(()) => Ok(true),
        Err(Status::CAS_MISMATCH) => Ok(false),
        Err(status) => Err(status),
    }
}

/// Random bytes of the host.
#[cfg(target_family = "wasm")]
pub(crate) fn random() -> Result<[u8; 16]> {
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn random_get(data: *mut u8, size: usize) -> u32;
    }
    let mut bytes = [0; 16];
    // SAFETY: the buffer outlives the call, which fills it.
    check(unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) })?;
    Ok(bytes)
}

/// The same where tests run: the keys that std gives its hash maps are random.
#[cfg(not(target_family = "wasm"))]
#[expect(clippy::unnecessary_wraps, reason = "its twin can fail")]
pub(crate) fn random() -> Result<[u8; 16]> {
    use std::hash::{BuildHasher, RandomState};

    let half = || u128::from(RandomState::new().hash_one(0_u8));
    Ok(((half() << 64) | half()).to_be_bytes())
}
