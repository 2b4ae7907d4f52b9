//! Signatures by Envoy's own crypto: the foreign function `verify_signature`.
//!
//! Envoy's source/extensions/common/wasm/ext/verify_signature.proto, tried on 1.40: the arguments
//! are the hash's name (1), the key (2), the signature (3) and the text (4); the result is whether
//! it holds (1) and, where it does not, why (2). A key that is none is either of that kind, or an
//! error of the call.

mod known;

use hachure_exchange::{Hash, SignatureCheck};

use crate::abi;

/// Whether the signature holds; `None` where the host does not tell.
pub(crate) fn verify(check: &SignatureCheck<'_>) -> Option<bool> {
    let result = abi::foreign("verify_signature", &arguments(check)).ok()?;
    verdict(&result)
}

/// What the result says; `None` for a message of another shape.
fn verdict(result: &[u8]) -> Option<bool> {
    match *result {
        [HOLDS, 1] => Some(true),
        // A number that is 0 is left out.
        [] | [HOLDS, 0] | [WORDS, ..] | [HOLDS, 0, WORDS, ..] => Some(false),
        _ => None,
    }
}

/// Field 1, a number.
const HOLDS: u8 = 1 << 3;
/// Field 2, a text.
const WORDS: u8 = (2 << 3) | BYTES;
/// The type of a field with a length.
const BYTES: u8 = 2;

/// Whether the host knows the answers that are known: it takes what holds and nothing else.
pub(crate) fn probe() -> bool {
    let rsa = known(known::RSA_KEY, known::RSA_SIGNATURE);
    let ec = known(known::EC_KEY, known::EC_SIGNATURE);
    [rsa, ec].iter().all(|right| {
        let wrong = SignatureCheck {
            text: b"hachurf",
            ..*right
        };
        verify(right) == Some(true) && verify(&wrong) == Some(false)
    })
}

fn known(key: &'static [u8], signature: &'static [u8]) -> SignatureCheck<'static> {
    SignatureCheck {
        hash: Hash::Sha256,
        key,
        signature,
        text: known::TEXT,
    }
}

fn arguments(check: &SignatureCheck<'_>) -> Vec<u8> {
    let hash: &[u8] = match check.hash {
        Hash::Sha256 => b"sha256",
        Hash::Sha384 => b"sha384",
        Hash::Sha512 => b"sha512",
    };
    let fields = [hash, check.key, check.signature, check.text];
    let mut out = Vec::new();
    for (number, bytes) in (1_u8..).zip(fields) {
        field(&mut out, number, bytes);
    }
    out
}

/// A field with a length, in protobuf's encoding. Numbers are below 16.
pub(crate) fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push((number << 3) | BYTES);
    let mut length = bytes.len();
    while length > 0x7f {
        // The low seven bits, and that more follow.
        out.push(u8::try_from(length & 0x7f).unwrap_or(0) | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap_or(0));
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_so_holds() {
        assert_eq!(verdict(&[8, 1]), Some(true));
        let not = [&b""[..], b"\x08\x00", b"\x12\x02no", b"\x08\x00\x12\x02no"];
        assert!(not.iter().all(|result| verdict(result) == Some(false)));
        let unclear = [&b"\x08\x02"[..], b"\x08\x01\x12\x02no", b"\x08", b"yes"];
        assert!(unclear.iter().all(|result| verdict(result).is_none()));
    }

    #[test]
    fn lengths_above_127_take_more_bytes() {
        let mut out = vec![];
        field(&mut out, 2, &[7; 300]);
        assert_eq!(out.len(), 303);
        assert_eq!(out.first_chunk(), Some(&[0x12, 0xac, 0x02, 7]));
        let mut out = vec![];
        field(&mut out, 1, b"ab");
        assert_eq!(out, b"\x0a\x02ab");
    }
}
