//! The little of DER (X.690) that a host wants: public keys and ECDSA signatures.

/// `rsaEncryption` with its parameter NULL (RFC 3279, 2.3.1).
const RSA: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// `id-ecPublicKey` (RFC 5480, 2.1.1).
const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// `SubjectPublicKeyInfo` of an RSA key: modulus and exponent, big-endian.
pub(crate) fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = element(SEQUENCE, &[&integer(modulus), &integer(exponent)]);
    element(SEQUENCE, &[RSA, &bits(&key)])
}

/// `SubjectPublicKeyInfo` of a point on a named curve; `curve` is the curve's object identifier,
/// encoded, and `point` its uncompressed form.
pub(crate) fn ec_key(curve: &[u8], point: &[u8]) -> Vec<u8> {
    let algorithm = element(SEQUENCE, &[EC, curve]);
    element(SEQUENCE, &[&algorithm, &bits(point)])
}

/// `ECDSA-Sig-Value` of the two halves of a JWS signature (RFC 7518, 3.4).
pub(crate) fn ecdsa_signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&integer(r), &integer(s)])
}

/// A whole number without sign.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    // A high first bit would be a sign, and nothing at all no number.
    let sign: &[u8] = match digits.first() {
        Some(..0x80) => &[],
        _ => &[0],
    };
    element(INTEGER, &[sign, digits])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes])
}

fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let length: usize = content.iter().map(|part| part.len()).sum();
    let mut element = vec![tag];
    let digits = length.to_be_bytes();
    let zeros = digits.iter().take_while(|byte| **byte == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    if length >= 0x80 {
        element.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
    }
    match digits {
        [] => element.push(0),
        digits => element.extend_from_slice(digits),
    }
    for part in content {
        element.extend_from_slice(part);
    }
    element
}
