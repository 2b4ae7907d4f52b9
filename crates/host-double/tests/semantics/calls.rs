//! The steps of the probe: one call of the host each, its outcome logged.

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, text: *const u8, size: usize) -> u32;
    fn proxy_get_buffer_bytes(
        b: u32,
        start: usize,
        max: usize,
        d: *mut *mut u8,
        s: *mut usize,
    ) -> u32;
    fn proxy_set_buffer_bytes(b: u32, start: usize, size: usize, d: *const u8, s: usize) -> u32;
    fn proxy_get_header_map_pairs(map: u32, d: *mut *mut u8, s: *mut usize) -> u32;
    fn proxy_get_header_map_value(
        map: u32,
        n: *const u8,
        ns: usize,
        d: *mut *mut u8,
        s: *mut usize,
    ) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        n: *const u8,
        ns: usize,
        v: *const u8,
        vs: usize,
    ) -> u32;
    fn proxy_get_property(p: *const u8, ps: usize, d: *mut *mut u8, s: *mut usize) -> u32;
    fn proxy_set_property(p: *const u8, ps: usize, v: *const u8, vs: usize) -> u32;
    fn proxy_get_shared_data(
        k: *const u8,
        ks: usize,
        d: *mut *mut u8,
        s: *mut usize,
        cas: *mut u32,
    ) -> u32;
    fn proxy_set_shared_data(k: *const u8, ks: usize, v: *const u8, vs: usize, cas: u32) -> u32;
    fn proxy_register_shared_queue(n: *const u8, ns: usize, id: *mut u32) -> u32;
    fn proxy_enqueue_shared_queue(id: u32, d: *const u8, s: usize) -> u32;
    fn proxy_dequeue_shared_queue(id: u32, d: *mut *mut u8, s: *mut usize) -> u32;
    fn proxy_continue_stream(kind: u32) -> u32;
    fn proxy_close_stream(kind: u32) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_get_status(code: *mut u32, d: *mut *mut u8, s: *mut usize) -> u32;
    fn proxy_call_foreign_function(
        n: *const u8,
        ns: usize,
        a: *const u8,
        a_s: usize,
        d: *mut *mut u8,
        s: *mut usize,
    ) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc: i32,
    ) -> u32;
}

/// Does one step: a word, and its arguments.
pub(crate) fn step(step: &str) {
    let words: Vec<&str> = step.split(' ').collect();
    // SAFETY: every pointer is that of a live slice or variable.
    let outcome = unsafe {
        match words.as_slice() {
            ["get", map, name] => returned(|d, s| {
                proxy_get_header_map_value(number(map), name.as_ptr(), name.len(), d, s)
            }),
            ["set", map, name, value] => status(proxy_replace_header_map_value(
                number(map),
                name.as_ptr(),
                name.len(),
                value.as_ptr(),
                value.len(),
            )),
            ["pairs", map] => match buffer(|d, s| proxy_get_header_map_pairs(number(map), d, s)) {
                Ok(pairs) => format!("{} bytes", pairs.len()),
                Err(error) => status(error),
            },
            ["read", buffer] => {
                returned(|d, s| proxy_get_buffer_bytes(number(buffer), 0, usize::MAX, d, s))
            }
            ["write", buffer, start, text] => status(proxy_set_buffer_bytes(
                number(buffer),
                number(start) as usize,
                usize::MAX,
                text.as_ptr(),
                text.len(),
            )),
            ["empty", buffer] => status(proxy_set_buffer_bytes(
                number(buffer),
                0,
                usize::MAX,
                "".as_ptr(),
                0,
            )),
            ["property", path] => {
                let path = path.replace('|', "\0");
                returned(|d, s| proxy_get_property(path.as_ptr(), path.len(), d, s))
            }
            ["state", key, value] => status(proxy_set_property(
                key.as_ptr(),
                key.len(),
                value.as_ptr(),
                value.len(),
            )),
            ["resume", kind] => status(proxy_continue_stream(number(kind))),
            ["close", kind] => status(proxy_close_stream(number(kind))),
            ["tick", period] => status(proxy_set_tick_period_milliseconds(number(period))),
            ["reply", code, body] => status(reply(number(code), body)),
            ["status"] => answered_status(),
            ["foreign", name, argument] => returned(|d, s| {
                let (a, a_s) = (argument.as_ptr(), argument.len());
                proxy_call_foreign_function(name.as_ptr(), name.len(), a, a_s, d, s)
            }),
            ["count", key] => count(key).to_string(),
            ["shared", key, value, cas] => status(proxy_set_shared_data(
                key.as_ptr(),
                key.len(),
                value.as_ptr(),
                value.len(),
                number(cas),
            )),
            ["enqueue", name, item] => status(proxy_enqueue_shared_queue(
                queue(name),
                item.as_ptr(),
                item.len(),
            )),
            ["dequeue", name] => returned(|d, s| proxy_dequeue_shared_queue(queue(name), d, s)),
            ["call", cluster, timeout] => call(cluster, number(timeout)),
            ["grpc", cluster, timeout] => grpc(cluster, number(timeout)),
            ["stream", cluster] => stream(cluster),
            _ => panic!("no such step: {step}"),
        }
    };
    log(&format!("{step} = {outcome}"));
}

fn number(text: &str) -> u32 {
    if text == "max" {
        u32::MAX
    } else {
        text.parse().unwrap()
    }
}

fn status(status: u32) -> String {
    match status {
        0 => "ok".into(),
        other => format!("error {other}"),
    }
}

fn buffer(f: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Vec<u8>, u32> {
    let (mut data, mut size) = (std::ptr::null_mut(), 0);
    match f(&raw mut data, &raw mut size) {
        0 if data.is_null() => Ok(vec![]),
        // SAFETY: the host allocated it as the SDK's allocator does.
        0 => Ok(unsafe { Vec::from_raw_parts(data, size, size) }),
        error => Err(error),
    }
}

fn returned(f: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> String {
    match buffer(f) {
        Ok(bytes) => format!("`{}`", bytes.escape_ascii()),
        Err(error) => status(error),
    }
}

pub(crate) fn log(text: &str) {
    // SAFETY: the pointer is that of a live str.
    unsafe { proxy_log(2, text.as_ptr(), text.len()) };
}

pub(crate) fn plugin_configuration() -> String {
    // SAFETY: the out pointers are live.
    let bytes = buffer(|d, s| unsafe { proxy_get_buffer_bytes(7, 0, usize::MAX, d, s) });
    String::from_utf8(bytes.unwrap()).unwrap()
}

fn reply(code: u32, body: &str) -> u32 {
    let details = "probe says no";
    // SAFETY: every pointer is that of a live slice.
    unsafe {
        proxy_send_local_response(
            code,
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            std::ptr::null(),
            0,
            -1,
        )
    }
}

fn answered_status() -> String {
    let mut code = 0;
    // SAFETY: the out pointers are live.
    let text = returned(|d, s| unsafe { proxy_get_status(&raw mut code, d, s) });
    format!("{code} {text}")
}

/// Adds one to a number in shared data, exactly: create-only first, then compare and swap.
fn count(key: &str) -> u64 {
    loop {
        let mut cas = 0;
        // SAFETY: all pointers are live.
        let found = buffer(|d, s| unsafe {
            proxy_get_shared_data(key.as_ptr(), key.len(), d, s, &raw mut cas)
        });
        let (old, cas) = match found {
            Ok(bytes) => (u64::from_le_bytes(bytes.try_into().unwrap()), cas),
            Err(_) => (0, u32::MAX),
        };
        let new = (old + 1).to_le_bytes();
        // SAFETY: all pointers are live.
        let set =
            unsafe { proxy_set_shared_data(key.as_ptr(), key.len(), new.as_ptr(), new.len(), cas) };
        if set == 0 {
            return old + 1;
        }
    }
}

fn queue(name: &str) -> u32 {
    let mut id = 0;
    // SAFETY: all pointers are live.
    unsafe { proxy_register_shared_queue(name.as_ptr(), name.len(), &raw mut id) };
    id
}

const METADATA: [(&str, &[u8]); 1] = [("x-probe", b"1")];

/// Call-outs go through the SDK, which notes whose they are.
fn call(cluster: &str, timeout: u32) -> String {
    let headers = vec![(":method", "GET"), (":path", "/"), (":authority", "probe")];
    let timeout = std::time::Duration::from_millis(timeout.into());
    let sent = proxy_wasm::hostcalls::dispatch_http_call(cluster, headers, None, vec![], timeout);
    sent.map_or_else(|error| status(error as u32), |_| "sent".into())
}

fn grpc(cluster: &str, timeout: u32) -> String {
    let timeout = std::time::Duration::from_millis(timeout.into());
    let sent = proxy_wasm::hostcalls::dispatch_grpc_call(
        cluster,
        "a.Service",
        "Ask",
        METADATA.to_vec(),
        Some(b"question"),
        timeout,
    );
    sent.map_or_else(|error| status(error as u32), |_| "sent".into())
}

fn stream(cluster: &str) -> String {
    let opened =
        proxy_wasm::hostcalls::open_grpc_stream(cluster, "a.Service", "Talk", METADATA.to_vec());
    opened.map_or_else(|error| status(error as u32), |_| "opened".into())
}
