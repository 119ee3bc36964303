import crypto from 'node:crypto';

/** The function of `node:crypto` that is tried. */
export type Verify = (algorithm: undefined, data: Uint8Array, key: crypto.KeyObject, signature: Uint8Array) => boolean;

// The generator of P-256: a public key that needs no secret.
const POINT = {
  kty: 'EC',
  crv: 'P-256',
  x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
  y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
};

/**
 * `@sigstore/verify` verifies signed entry timestamps and envelopes without naming their hash, and treats any exception as a bad signature. If the
 * runtime's `node:crypto` has no default (Deno's has none), that judge would call every such signature forged.
 *
 * @throws Error `unsupported-runtime`
 */
export function requireDefaultDigest(verify: Verify = crypto.verify): void {
  try {
    verify(undefined, Buffer.alloc(1), crypto.createPublicKey({ key: POINT, format: 'jwk' }), Buffer.alloc(8));
  } catch (cause) {
    const message =
      "this runtime's node:crypto needs the name of a signature's hash, which @sigstore/verify leaves out: it would refuse good signatures. Run on Node or Bun, or give secondJudge: 'off', which leaves Sigtrail's own checks";
    throw Object.assign(new Error(message, { cause }), { code: 'unsupported-runtime' });
  }
}
