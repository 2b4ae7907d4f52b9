//! Shared data and shared queues.

use crate::function;
use crate::machine::host;
use crate::memory::{give, put, taken};
use crate::shared_queue::Consumer;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_shared_data(
    key: *const u8,
    key_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
    cas: *mut u32,
) -> u32 {
    host(&function::GET_SHARED, |machine| {
        // SAFETY: the module's promise.
        let key = unsafe { taken(machine, key, key_size) };
        let (value, number) = machine
            .process
            .shared_data
            .get(&machine.settings.vm_id, key)?;
        // SAFETY: the module's promise.
        unsafe {
            give(machine, &value, data, size);
            put(cas, number);
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_set_shared_data(
    key: *const u8,
    key_size: usize,
    value: *const u8,
    value_size: usize,
    cas: u32,
) -> u32 {
    host(&function::SET_SHARED, |machine| {
        // SAFETY: the module's promise.
        let key = unsafe { taken(machine, key, key_size) };
        // SAFETY: the module's promise.
        let value = unsafe { taken(machine, value, value_size) };
        machine
            .process
            .shared_data
            .set(&machine.settings.vm_id, key, value, cas)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_register_shared_queue(
    name: *const u8,
    name_size: usize,
    id: *mut u32,
) -> u32 {
    host(&function::REGISTER_QUEUE, |machine| {
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        let consumer = Consumer {
            worker: machine.worker,
            root: machine.root,
        };
        let token = machine
            .process
            .queues
            .register(&machine.settings.vm_id, name, consumer);
        // SAFETY: the module's promise.
        unsafe { put(id, token) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_resolve_shared_queue(
    vm_id: *const u8,
    vm_id_size: usize,
    name: *const u8,
    name_size: usize,
    id: *mut u32,
) -> u32 {
    host(&function::RESOLVE_QUEUE, |machine| {
        // SAFETY: the module's promise.
        let vm_id = unsafe { taken(machine, vm_id, vm_id_size) };
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        let vm_id = match vm_id {
            [] => machine.settings.vm_id.clone(),
            other => String::from_utf8_lossy(other).into_owned(),
        };
        let token = machine.process.queues.resolve(&vm_id, name)?;
        // SAFETY: the module's promise.
        unsafe { put(id, token) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_dequeue_shared_queue(
    id: u32,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    host(&function::DEQUEUE, |machine| {
        let item = machine.process.queues.dequeue(id)?;
        // SAFETY: the module's promise.
        unsafe { give(machine, &item, data, size) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_enqueue_shared_queue(id: u32, data: *const u8, size: usize) -> u32 {
    host(&function::ENQUEUE, |machine| {
        // SAFETY: the module's promise.
        let item = unsafe { taken(machine, data, size) };
        machine.process.queues.enqueue(id, item)
    })
}

pub(super) fn linked() -> *const () {
    proxy_get_shared_data as *const ()
}
