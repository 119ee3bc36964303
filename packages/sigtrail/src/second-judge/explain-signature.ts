import crypto, { type KeyObject, verify } from 'node:crypto';
import { mlDsaName } from '../keys/ml-dsa.ts';
import { importSpki } from './asked.ts';
import type { Explanation, RefusedCase } from './explanation.ts';
import { signedBytes } from './read-entity.ts';

/**
 * A signature by a key that `@sigstore/verify` doesn't support, or uses with a different hash. Only if the signature does hold: both judges refuse a bad
 * signature.
 */
export const explainSignature: Explanation = async (refused) => {
  const { code } = refused.refusal;
  const key = signerKey(refused);
  if (key === undefined) return undefined;
  // An entry of Rekor v2 about an envelope has a digest by the key's own hash, but only SHA-256 is compared.
  const isInQuestion = code === 'SIGNATURE_ERROR' || (code === 'TLOG_BODY_ERROR' && recordsLargerDigest(refused));
  if (!isInQuestion || !(await holdsByKeyType(key, refused))) return undefined;
  return {
    reason:
      mlDsaName(key) !== undefined
        ? '@sigstore/verify verifies signatures of envelopes only by ML-DSA keys'
        : key.asymmetricKeyType === 'ed25519'
          ? '@sigstore/verify verifies neither Ed25519ph nor Ed25519 signatures of messages'
          : `@sigstore/verify verifies signatures of ${refused.subject.kind === 'digest' && !isEnvelope(refused) ? 'a digest alone' : 'envelopes'} by P-256 and RSA PKCS #1 keys only, with SHA-256`,
  };
};

function signerKey({ read: { entity }, key }: RefusedCase): KeyObject | undefined {
  return entity.key.$case === 'public-key' ? key : importSpki(entity.key.certificate.publicKey);
}

function isEnvelope({ read }: RefusedCase): boolean {
  return read.bundle.content.$case === 'dsseEnvelope';
}

const CURVES: Readonly<Record<string, { readonly name: 'p384' | 'p521'; readonly hashes: readonly string[] }>> = {
  secp384r1: { name: 'p384', hashes: ['sha384', 'sha256'] },
  secp521r1: { name: 'p521', hashes: ['sha512', 'sha256'] },
};

async function holdsByKeyType(key: KeyObject, refused: RefusedCase): Promise<boolean> {
  const { subject, read } = refused;
  const { signature } = read;
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  try {
    if (subject.kind === 'digest' && read.isDigestOnly) {
      if (curve === undefined) return false;
      const curves = await import('@noble/curves/nist.js');
      return curves[curve.name].verify(signature, subject.digest, pointOf(key), {
        prehash: false,
        lowS: false,
        format: 'der',
      });
    }
    const bytes = signedBytes(read.bundle, subject, read.payload);
    if (curve !== undefined) return curve.hashes.some((name) => verify(name, bytes, key, signature));
    if (mlDsaName(key) !== undefined) return verify(null, bytes, key, signature);
    if (key.asymmetricKeyType !== 'ed25519') return false;
    if (verify(null, bytes, key, signature)) return true;
    const { ed25519ph } = await import('@noble/curves/ed25519.js');
    const { x = '' } = key.export({ format: 'jwk' });
    return ed25519ph.verify(signature, bytes, Buffer.from(x, 'base64url'), { zip215: false });
  } catch {
    return false; // an encoding that no signature of this key has
  }
}

function pointOf(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

/** Does each entry of this kind have the digest of what was signed, by a larger hash? */
function recordsLargerDigest(refused: RefusedCase): boolean {
  if (!isEnvelope(refused)) return false;
  const bytes = signedBytes(refused.read.bundle, refused.subject, undefined);
  const entries = refused.asked.entity.tlogEntries.filter(
    ({ kindVersion: { kind, version } }) => kind === 'hashedrekord' && version === '0.0.2',
  );
  return (
    entries.length > 0 &&
    entries.every(({ canonicalizedBody }) => {
      const { spec } = JSON.parse(canonicalizedBody.toString('utf8')) as {
        readonly spec?: {
          readonly hashedRekordV002?: { readonly data?: { readonly algorithm?: string; readonly digest?: string } };
        };
      };
      const { algorithm, digest } = spec?.hashedRekordV002?.data ?? {};
      const name = { SHA2_384: 'sha384', SHA2_512: 'sha512' }[algorithm ?? ''];
      return name !== undefined && crypto.hash(name, bytes, 'base64') === digest;
    })
  );
}
