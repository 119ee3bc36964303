import { constants, type KeyObject, publicDecrypt } from 'node:crypto';
import type { SignedEntity } from '@sigstore/verify';
import type { Subject } from '../establish/subject.ts';

type Content = SignedEntity['signature'];

// RFC 8017 §9.2, note 1: what precedes a digest in a PKCS #1 v1.5 signature.
const DIGEST_INFO = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
} as const;

/**
 * The content of a message signature if only a digest is known: `@sigstore/verify` asks for the bytes, but accepts any content that
 * can say whether a key verifies it.
 */
export async function contentByDigest(
  { signature }: Content,
  { algorithm, digest }: Extract<Subject, { kind: 'digest' }>,
): Promise<Content> {
  const { p256 } = await import('@noble/curves/nist.js');
  const isDigest = (other: Buffer): boolean => other.equals(digest);
  return {
    signature,
    compareSignature: (other) => signature.equals(other),
    compareDigest: isDigest,
    compareSignedDigest: isDigest,
    verifySignature: (key) => {
      try {
        if (key.asymmetricKeyType === 'rsa')
          return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(
            Buffer.concat([Buffer.from(DIGEST_INFO[algorithm], 'hex'), digest]),
          );
        if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1' || algorithm !== 'sha256') return false;
        return p256.verify(signature, digest, pointOf(key), { prehash: false, lowS: false, format: 'der' });
      } catch {
        return false; // an encoding that no signature of this key has
      }
    },
  };
}

function pointOf(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}
