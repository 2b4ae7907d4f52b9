// Signing keys. Each generation has one for every kind of algorithm; its number is in the key id.
import { generateKeyPairSync } from 'node:crypto';

const KINDS = {
  rsa: ['rsa', { modulusLength: 2048 }],
  p256: ['ec', { namedCurve: 'P-256' }],
  p384: ['ec', { namedCurve: 'P-384' }],
  p521: ['ec', { namedCurve: 'P-521' }],
  ed25519: ['ed25519', {}],
};

const OF_ALGORITHM = { ES256: 'p256', ES384: 'p384', ES512: 'p521', EdDSA: 'ed25519' };

/** The private keys of a generation, as JWKs. */
export function generation(number) {
  return Object.entries(KINDS).map(([kind, [type, options]]) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    kid: `${kind}-${number}`,
    use: 'sig',
  }));
}

/** The id of the key with which a generation signs by that algorithm. */
export function keyId(algorithm, number) {
  return `${OF_ALGORITHM[algorithm] ?? 'rsa'}-${number}`;
}
