//! ECDSA on P-384 and P-521 (FIPS 186-5, SP 800-186), verification only.
//!
//! The crates p384 and p521 unroll their field arithmetic by the limb and weigh 175 KB in a module.
//! This is the group law and the equation alone, over crypto-bigint's residues, for both curves;
//! the tests hold it against a host's library. Everything here is public:
//! keys, signatures and texts. It runs where no host checks signatures.

use crypto_bigint::modular::runtime_mod::{DynResidue, DynResidueParams};
use crypto_bigint::{Limb, U384, U576, Uint};

/// A curve `y² = x³ - 3x + b` over a prime field, of prime order.
pub(crate) struct Curve<const LIMBS: usize> {
    field: DynResidueParams<LIMBS>,
    order: DynResidueParams<LIMBS>,
    b: Uint<LIMBS>,
    generator: Point<LIMBS>,
}

/// A point by its affine coordinates, on its curve by construction.
#[derive(Clone, Copy)]
pub(crate) struct Point<const LIMBS: usize> {
    x: Uint<LIMBS>,
    y: Uint<LIMBS>,
}

pub(crate) const P384_LIMBS: usize = U384::LIMBS;
pub(crate) const P521_LIMBS: usize = U576::LIMBS;

/// SP 800-186, 3.2.1.4.
pub(crate) static P384: Curve<P384_LIMBS> = Curve {
    field: DynResidueParams::new(&U384::from_be_hex(concat!(
        "ffffffffffffffffffffffffffffffffffffffffffffffff",
        "fffffffffffffffeffffffff0000000000000000ffffffff"
    ))),
    order: DynResidueParams::new(&U384::from_be_hex(concat!(
        "ffffffffffffffffffffffffffffffffffffffffffffffff",
        "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
    ))),
    b: U384::from_be_hex(concat!(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe814112",
        "0314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"
    )),
    generator: Point {
        x: U384::from_be_hex(concat!(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b98",
            "59f741e082542a385502f25dbf55296c3a545e3872760ab7"
        )),
        y: U384::from_be_hex(concat!(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147c",
            "e9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
        )),
    },
};

/// SP 800-186, 3.2.1.5.
pub(crate) static P521: Curve<P521_LIMBS> = Curve {
    field: DynResidueParams::new(&U576::from_be_hex(concat!(
        "00000000000001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    ))),
    order: DynResidueParams::new(&U576::from_be_hex(concat!(
        "00000000000001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "fffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
    ))),
    b: U576::from_be_hex(concat!(
        "0000000000000051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b48991",
        "8ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
    )),
    generator: Point {
        x: U576::from_be_hex(concat!(
            "00000000000000c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af60",
            "6b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66"
        )),
        y: U576::from_be_hex(concat!(
            "000000000000011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17",
            "273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650"
        )),
    },
};

impl<const LIMBS: usize> Curve<LIMBS> {
    /// The point with these coordinates, big-endian; `None` where it is not on the curve.
    pub(crate) fn point(&self, x: &[u8], y: &[u8]) -> Option<Point<LIMBS>> {
        let point = Point {
            x: number(x)?,
            y: number(y)?,
        };
        if point.x >= *self.field.modulus() || point.y >= *self.field.modulus() {
            return None;
        }
        let (x, y) = (self.residue(&point.x), self.residue(&point.y));
        // x³ - 3x + b as (x² - 3)x + b.
        let three = self.residue(&Uint::from_u8(3));
        let right = x.square().sub(&three).mul(&x).add(&self.residue(&self.b));
        (y.square() == right).then_some(point)
    }

    /// Whether `signature`, `r` and `s` at equal length, is one of `digest` by `key` (FIPS 186-5,
    /// 6.4.2). The digest is no longer than the order.
    pub(crate) fn is_signed(&self, key: &Point<LIMBS>, digest: &[u8], signature: &[u8]) -> bool {
        let half = signature.len().div_ceil(2);
        let Some((r, s)) = signature.split_at_checked(half) else {
            return false;
        };
        let (Some(r), Some(s), Some(digest)) = (number(r), number(s), number(digest)) else {
            return false;
        };
        let n = self.order.modulus();
        if r == Uint::ZERO || s == Uint::ZERO || r >= *n || s >= *n {
            return false;
        }
        let scalar = |number: &Uint<LIMBS>| DynResidue::new(number, self.order);
        // The inverse by Fermat's theorem: the order is prime.
        let inverse = scalar(&s).pow(&n.wrapping_sub(&Uint::from_u8(2)));
        let u = scalar(&digest).mul(&inverse).retrieve();
        let v = scalar(&r).mul(&inverse).retrieve();
        let sum = self.sum(&u, &v, key);
        // x over z, modulo the order, is r: modulo the field, which is larger, x over z is r, or
        // r + n where that is still below the field's modulus.
        let is_x = |r: &Uint<LIMBS>| sum.x == self.residue(r).mul(&sum.z);
        let more = self.field.modulus().wrapping_sub(n);
        sum.z.retrieve() != Uint::ZERO && (is_x(&r) || r < more && is_x(&r.wrapping_add(n)))
    }

    /// `u` times the generator and `v` times `key`.
    fn sum(&self, u: &Uint<LIMBS>, v: &Uint<LIMBS>, key: &Point<LIMBS>) -> Projective<LIMBS> {
        let generator = self.projective(&self.generator);
        let key = self.projective(key);
        let both = self.add(&generator, &key);
        let one = DynResidue::one(self.field);
        let zero = DynResidue::zero(self.field);
        let mut sum = Projective {
            x: zero,
            y: one,
            z: zero,
        };
        for bit in (0..Uint::<LIMBS>::BITS).rev() {
            sum = self.add(&sum, &sum);
            let addend = match (u.bit_vartime(bit), v.bit_vartime(bit)) {
                (false, false) => continue,
                (true, false) => &generator,
                (false, true) => &key,
                (true, true) => &both,
            };
            sum = self.add(&sum, addend);
        }
        sum
    }

    /// The complete addition of Renes, Costello and Batina (algorithm 4): right for every two
    /// points, equal, opposite or infinite.
    fn add(&self, p: &Projective<LIMBS>, q: &Projective<LIMBS>) -> Projective<LIMBS> {
        let b = self.residue(&self.b);
        let xx = p.x.mul(&q.x);
        let yy = p.y.mul(&q.y);
        let zz = p.z.mul(&q.z);
        let xy = p.x.add(&p.y).mul(&q.x.add(&q.y)).sub(&xx).sub(&yy);
        let yz = p.y.add(&p.z).mul(&q.y.add(&q.z)).sub(&yy).sub(&zz);
        let xz = p.x.add(&p.z).mul(&q.x.add(&q.z)).sub(&xx).sub(&zz);

        let bzz = triple(&xz.sub(&b.mul(&zz)));
        let (minus, plus) = (yy.sub(&bzz), yy.add(&bzz));
        let zz = triple(&zz);
        let bxz = triple(&b.mul(&xz).sub(&zz).sub(&xx));
        let xx = triple(&xx).sub(&zz);
        Projective {
            x: plus.mul(&xy).sub(&yz.mul(&bxz)),
            y: plus.mul(&minus).add(&xx.mul(&bxz)),
            z: minus.mul(&yz).add(&xy.mul(&xx)),
        }
    }

    fn projective(&self, point: &Point<LIMBS>) -> Projective<LIMBS> {
        Projective {
            x: self.residue(&point.x),
            y: self.residue(&point.y),
            z: DynResidue::one(self.field),
        }
    }

    fn residue(&self, number: &Uint<LIMBS>) -> DynResidue<LIMBS> {
        DynResidue::new(number, self.field)
    }
}

/// A point by `x / z` and `y / z`; infinity has a `z` of zero.
struct Projective<const LIMBS: usize> {
    x: DynResidue<LIMBS>,
    y: DynResidue<LIMBS>,
    z: DynResidue<LIMBS>,
}

fn triple<const LIMBS: usize>(number: &DynResidue<LIMBS>) -> DynResidue<LIMBS> {
    number.add(number).add(number)
}

/// A big-endian number; `None` where it has more bytes than there is room for.
fn number<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    let size = LIMBS.saturating_mul(Limb::BYTES);
    let mut padded = vec![0; size.checked_sub(bytes.len())?];
    padded.extend_from_slice(bytes);
    Some(Uint::from_be_slice(&padded))
}
