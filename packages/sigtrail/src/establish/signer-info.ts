import {
  type DerElement,
  expectTag,
  malformed,
  readChildren,
  readObjectIdentifier,
  readUnsignedInteger,
  TAG,
} from '@sigtrail/fulcio-claims/certificate';
import { SIGNATURE_HASHES } from '../crypto/certificate.ts';
import { fieldsOf } from './token-fields.ts';

type Hash = 'sha256' | 'sha384' | 'sha512';

/** What the SignerInfo of a timestamp token says (RFC 5652 §5.3); nothing in it is verified. */
export interface SignerInfo {
  readonly signedAttributes: Uint8Array;
  readonly messageDigest: Uint8Array;
  readonly digestHash: Hash;
  readonly signature: Uint8Array;
  readonly signatureHash: Hash | null;
  readonly signerIssuer: Uint8Array;
  readonly signerSerial: bigint;
  /** ESSCertID (RFC 2634: SHA-1) or ESSCertIDv2 (RFC 5816), as `{hash, digest}` of the signing certificate. */
  readonly signingCertificate?: { readonly hash: string; readonly digest: Uint8Array };
}

const HASHES: Readonly<Record<string, Hash>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const WHAT = 'timestamp';

/** Reads the SignerInfo of a token. @throws ClaimsError `invalid-der` */
export function readSignerInfo(info: DerElement | undefined): SignerInfo {
  const [, identifier, digestAlgorithm, attributes, signatureAlgorithm, signature] = fieldsOf(
    info,
    /^2 30 30 a0 30 4( a1)?$/,
    WHAT,
  );
  const [issuer, serial] = fieldsOf(identifier, /^30 2$/, WHAT);
  const digestHash = readHash(digestAlgorithm, WHAT);
  if (digestHash === undefined) throw malformed(WHAT, 'its digest algorithm is not supported');
  const oid = readAlgorithm(signatureAlgorithm, WHAT);
  const signatureHash = oid === RSA_ENCRYPTION || oid === EC_PUBLIC_KEY ? digestHash : SIGNATURE_HASHES[oid];
  if (signatureHash === undefined) throw malformed(WHAT, `signature algorithm ${oid} is not supported`);
  const signed = expectTag(attributes, TAG.context0, WHAT);
  const values = readAttributes(signed);
  const contentType = values.get('1.2.840.113549.1.9.3');
  if (contentType === undefined || readObjectIdentifier(contentType, WHAT) !== '1.2.840.113549.1.9.16.1.4')
    throw malformed(WHAT, 'the signed content type is not TSTInfo');
  const signingCertificate = readSigningCertificate(values);
  return {
    // RFC 5652 §5.4: signed as SET OF, though carried with the implicit tag [0].
    signedAttributes: Buffer.concat([Buffer.from([TAG.set]), signed.bytes.subarray(1)]),
    messageDigest: expectTag(values.get('1.2.840.113549.1.9.4'), TAG.octetString, WHAT).contents,
    digestHash,
    signatureHash,
    signature: expectTag(signature, TAG.octetString, WHAT).contents,
    signerIssuer: expectTag(issuer, TAG.sequence, WHAT).bytes,
    signerSerial: readUnsignedInteger(serial, WHAT),
    ...(signingCertificate === undefined ? {} : { signingCertificate }),
  };
}

function readAttributes(signed: DerElement): ReadonlyMap<string, DerElement> {
  const values = new Map<string, DerElement>();
  for (const attribute of readChildren(signed, WHAT)) {
    const [type, set] = fieldsOf(attribute, /^6 31$/, WHAT);
    const oid = readObjectIdentifier(type, WHAT);
    const [value, ...others] = readChildren(expectTag(set, TAG.set, WHAT), WHAT);
    if (values.has(oid) || value === undefined || others.length > 0)
      throw malformed(WHAT, `attribute ${oid} must have exactly one value`);
    values.set(oid, value);
  }
  return values;
}

function readSigningCertificate(values: ReadonlyMap<string, DerElement>): SignerInfo['signingCertificate'] {
  const v2 = values.get('1.2.840.113549.1.9.16.2.47');
  const v1 = values.get('1.2.840.113549.1.9.16.2.12');
  const value = v2 ?? v1;
  if (value === undefined) return undefined;
  // Of several certificates, the first is the signer's; policies may follow the list.
  const [list] = fieldsOf(value, /^30( 30)?$/, WHAT);
  const [first] = fieldsOf(list, /^30( 30)*$/, WHAT);
  if (v2 === undefined)
    return { hash: 'sha1', digest: expectTag(fieldsOf(first, /^4( 30)?$/, WHAT)[0], TAG.octetString, WHAT).contents };
  const [algorithm, digest] = fieldsOf(first, /^(30 )?4( 30)?$/, WHAT);
  if (algorithm?.tag === TAG.octetString) return { hash: 'sha256', digest: algorithm.contents };
  const hash = readHash(algorithm, WHAT);
  if (hash === undefined) throw malformed(WHAT, 'ESSCertIDv2 with an unknown hash');
  return { hash, digest: expectTag(digest, TAG.octetString, WHAT).contents };
}

/** The hash that an AlgorithmIdentifier names, if it is one of SHA-2. */
export function readHash(algorithm: DerElement | undefined, what: string): Hash | undefined {
  return HASHES[readAlgorithm(algorithm, what)];
}

/** The object identifier of an AlgorithmIdentifier; parameters, where there are any, are NULL or a SEQUENCE. */
function readAlgorithm(algorithm: DerElement | undefined, what: string): string {
  return readObjectIdentifier(fieldsOf(algorithm, /^6( 5| 30)?$/, what)[0], what);
}
