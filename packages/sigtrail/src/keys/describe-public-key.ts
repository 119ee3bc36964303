import type { KeyInput } from './parse-key.ts';
import { parseKey } from './parse-key.ts';
import { keyFingerprint } from './public-key.ts';
import { describeKey } from './signature.ts';

/** A public key as it was read. */
export interface PublicKeyInfo {
  /** PEM of its SPKI, in a canonical spelling. */
  readonly pem: string;
  /** `sha256:` and the digest of its SPKI: its name in reports and deny-lists. */
  readonly fingerprint: string;
  /** `ECDSA P-256`, `RSA 2048`, `Ed25519` … */
  readonly algorithm: string;
}

/**
 * Reads a public key as a rule does, before it becomes part of a policy. `name` is what error messages call it: the file, the variable, the option.
 *
 * @throws TypeError `invalid-key`
 * @example parsePublicKey(await readFile('cosign.pub'), 'cosign.pub').fingerprint; // 'sha256:…'
 */
export function parsePublicKey(key: KeyInput, name = 'key'): PublicKeyInfo {
  const parsed = parseKey(key, name);
  return {
    pem: parsed.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: keyFingerprint(parsed),
    algorithm: describeKey(parsed),
  };
}
