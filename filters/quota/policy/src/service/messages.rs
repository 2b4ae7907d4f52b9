//! The messages of `envoy.service.ratelimit.v3`, as far as they are used: the fields have the
//! numbers and types of Envoy's `rls.proto` and `ratelimit.proto`. What a service adds is skipped.

use prost::{Enumeration, Message};

/// `RateLimitRequest`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Request {
    /// What the service's own config calls these limits.
    #[prost(string, tag = "1")]
    pub(crate) domain: String,
    /// One for each limit.
    #[prost(message, repeated, tag = "2")]
    pub(crate) descriptors: Vec<Descriptor>,
}

/// `envoy.extensions.common.ratelimit.v3.RateLimitDescriptor`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Descriptor {
    /// What is counted together.
    #[prost(message, repeated, tag = "1")]
    pub(crate) entries: Vec<Entry>,
    /// What the service counts against, whatever its own config says.
    #[prost(message, optional, tag = "2")]
    pub(crate) limit: Option<Limit>,
    /// Units; 0 asks and takes nothing.
    #[prost(message, optional, tag = "3")]
    pub(crate) hits_addend: Option<u64>,
}

/// `RateLimitDescriptor.Entry`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entry {
    /// What it is.
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

/// `RateLimitDescriptor.RateLimitOverride`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Limit {
    /// Units in a window.
    #[prost(uint32, tag = "1")]
    pub(crate) requests_per_unit: u32,
    /// How long a window is.
    #[prost(enumeration = "Unit", tag = "2")]
    pub(crate) unit: i32,
}

/// `envoy.type.v3.RateLimitUnit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum Unit {
    /// None that is known.
    Unknown = 0,
    /// A second.
    Second = 1,
    /// A minute.
    Minute = 2,
    /// An hour.
    Hour = 3,
    /// A day.
    Day = 4,
    /// A month; what that is the service says.
    Month = 5,
    /// A year; what that is the service says.
    Year = 6,
    /// A week.
    Week = 7,
}

/// `RateLimitResponse`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Response {
    /// What all descriptors together say.
    #[prost(int32, tag = "1")]
    pub(crate) overall_code: i32,
    /// What each says, in their order.
    #[prost(message, repeated, tag = "2")]
    pub(crate) statuses: Vec<Status>,
}

/// `RateLimitResponse.DescriptorStatus`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Status {
    /// [`OK`] or [`OVER_LIMIT`].
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    /// Units that are left in the window.
    #[prost(uint32, tag = "3")]
    pub(crate) limit_remaining: u32,
    /// Until the window ends.
    #[prost(message, optional, tag = "4")]
    pub(crate) duration_until_reset: Option<Duration>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Duration {
    /// Whole seconds.
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    /// And nanoseconds.
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// The units are there.
pub(crate) const OK: i32 = 1;
/// They are not.
pub(crate) const OVER_LIMIT: i32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// Encoded by hand from the definitions, field by field.
    #[test]
    fn a_request_is_what_envoy_sends() {
        let request = Request {
            domain: "shop".to_owned(),
            descriptors: vec![Descriptor {
                entries: vec![Entry {
                    key: "limit".to_owned(),
                    value: "a".to_owned(),
                }],
                limit: Some(Limit {
                    requests_per_unit: 300,
                    unit: Unit::Week.into(),
                }),
                hits_addend: Some(2),
            }],
        };
        let mut expected = vec![0x0a, 4];
        expected.extend(b"shop");
        expected.extend([0x12, 23, 0x0a, 10, 0x0a, 5]);
        expected.extend(b"limit");
        expected.extend([0x12, 1, b'a']);
        expected.extend([0x12, 5, 0x08, 0xac, 0x02, 0x10, 7]);
        expected.extend([0x1a, 2, 0x08, 2]);
        assert_eq!(request.encode_to_vec(), expected);
    }

    /// A check takes nothing: an addend of 0 is there, with no field in it.
    #[test]
    fn nothing_is_not_the_same_as_absent() {
        let of = |hits_addend| Descriptor {
            entries: vec![],
            limit: None,
            hits_addend,
        };
        assert_eq!(of(Some(0)).encode_to_vec(), [0x1a, 0]);
        assert!(of(None).encode_to_vec().is_empty());
    }

    #[test]
    fn a_response_is_read_past_what_is_unknown() {
        let bytes = [
            // overall_code OVER_LIMIT; a status: code, current_limit (skipped), remaining, reset.
            0x08, 2, 0x12, 15, 0x08, 2, 0x12, 4, 0x08, 3, 0x10, 2, 0x18, 9, 0x22, 3, 0x08, 0x80,
            0x01, // raw_body (5), skipped.
            0x2a, 1, b'x',
        ];
        let response = Response::decode(&bytes[..]);
        let status = Status {
            code: OVER_LIMIT,
            limit_remaining: 9,
            duration_until_reset: Some(Duration {
                seconds: 128,
                nanos: 0,
            }),
        };
        assert_eq!(
            response,
            Ok(Response {
                overall_code: OVER_LIMIT,
                statuses: vec![status],
            })
        );
    }
}
