//! Moduli of the generator of CVE-2017-15361 ("ROCA"), which are cheap to factor.

/// The primes of the published fingerprint. Modulo each of them such a modulus is a power of
/// 65537; a modulus of two random primes is that for all of them in one case out of 2^27.
const PRIMES: [u32; 17] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
];

/// Whether a modulus, big-endian, has the fingerprint.
pub(super) fn is_roca(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| {
        let rest = modulus.iter().fold(0, |rest, byte| {
            times_plus(rest, 256, u32::from(*byte), *prime)
        });
        let mut power = 1;
        (0..*prime).any(|_| {
            power = times_plus(power, 65537, 0, *prime);
            power == rest
        })
    })
}

/// `a * b + c` modulo a prime, for an `a` below it: under 2^24.
fn times_plus(a: u32, b: u32, c: u32, prime: u32) -> u32 {
    let sum = a.wrapping_mul(b).wrapping_add(c);
    sum.checked_rem(prime).unwrap_or_default()
}
