//! The functions of the ABI as data: their names, and how each may fail.

use crate::status::Status;

/// One host function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// The error statuses that ABI 0.2.1 documents for it.
    pub(crate) errors: &'static [Status],
}

impl Function {
    /// Besides what is documented, Envoy answers every function with `InternalFailure` where the
    /// plugin's `capability_restriction_config` withholds it.
    pub(crate) fn fault(&self, nth: usize) -> Status {
        self.errors
            .get(nth % (self.errors.len() + 1))
            .copied()
            .unwrap_or(Status::InternalFailure)
    }
}

macro_rules! functions {
    ($($constant:ident = $name:literal [$($error:ident),*];)*) => {
        $(pub(crate) const $constant: Function =
            Function { name: $name, errors: &[$(Status::$error),*] };)*
    };
}

functions! {
    LOG = "proxy_log" [BadArgument, InvalidMemoryAccess];
    GET_LOG_LEVEL = "proxy_get_log_level" [InvalidMemoryAccess];
    GET_TIME = "proxy_get_current_time_nanoseconds" [InvalidMemoryAccess];
    SET_TICK = "proxy_set_tick_period_milliseconds" [];
    GET_BUFFER = "proxy_get_buffer_bytes" [BadArgument, NotFound, InvalidMemoryAccess];
    SET_BUFFER = "proxy_set_buffer_bytes" [BadArgument, NotFound, InvalidMemoryAccess];
    GET_PAIRS = "proxy_get_header_map_pairs" [BadArgument, InvalidMemoryAccess];
    SET_PAIRS = "proxy_set_header_map_pairs" [BadArgument, InvalidMemoryAccess];
    GET_VALUE = "proxy_get_header_map_value" [BadArgument, NotFound, InvalidMemoryAccess];
    ADD_VALUE = "proxy_add_header_map_value" [BadArgument, InvalidMemoryAccess];
    REPLACE_VALUE = "proxy_replace_header_map_value" [BadArgument, InvalidMemoryAccess];
    REMOVE_VALUE = "proxy_remove_header_map_value" [BadArgument, InvalidMemoryAccess];
    GET_PROPERTY = "proxy_get_property" [NotFound, SerializationFailure, InvalidMemoryAccess];
    SET_PROPERTY = "proxy_set_property" [NotFound, BadArgument, InvalidMemoryAccess];
    GET_SHARED = "proxy_get_shared_data" [NotFound, InvalidMemoryAccess];
    SET_SHARED = "proxy_set_shared_data" [CasMismatch, InvalidMemoryAccess];
    REGISTER_QUEUE = "proxy_register_shared_queue" [InvalidMemoryAccess];
    RESOLVE_QUEUE = "proxy_resolve_shared_queue" [NotFound, InvalidMemoryAccess];
    ENQUEUE = "proxy_enqueue_shared_queue" [NotFound, InvalidMemoryAccess];
    DEQUEUE = "proxy_dequeue_shared_queue" [NotFound, Empty, InvalidMemoryAccess];
    CONTINUE_STREAM = "proxy_continue_stream" [BadArgument, Unimplemented];
    CLOSE_STREAM = "proxy_close_stream" [BadArgument];
    SEND_LOCAL_RESPONSE = "proxy_send_local_response" [InvalidMemoryAccess];
    HTTP_CALL = "proxy_http_call" [BadArgument, InvalidMemoryAccess];
    GRPC_CALL = "proxy_grpc_call" [ParseFailure, BadArgument, InvalidMemoryAccess];
    GRPC_STREAM = "proxy_grpc_stream" [ParseFailure, BadArgument, InvalidMemoryAccess];
    GRPC_SEND = "proxy_grpc_send" [BadArgument, NotFound, InvalidMemoryAccess];
    GRPC_CANCEL = "proxy_grpc_cancel" [BadArgument, NotFound];
    GRPC_CLOSE = "proxy_grpc_close" [BadArgument, NotFound];
    GET_STATUS = "proxy_get_status" [InvalidMemoryAccess];
    SET_EFFECTIVE_CONTEXT = "proxy_set_effective_context" [BadArgument];
    CALL_FOREIGN = "proxy_call_foreign_function"
        [NotFound, BadArgument, SerializationFailure, InvalidMemoryAccess];
    DONE = "proxy_done" [NotFound];
    DEFINE_METRIC = "proxy_define_metric" [BadArgument, InvalidMemoryAccess];
    GET_METRIC = "proxy_get_metric" [NotFound, BadArgument, InvalidMemoryAccess];
    RECORD_METRIC = "proxy_record_metric" [NotFound];
    INCREMENT_METRIC = "proxy_increment_metric" [NotFound, BadArgument];
}
