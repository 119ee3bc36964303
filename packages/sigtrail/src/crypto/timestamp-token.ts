import { createHash, type KeyObject } from 'node:crypto';
import {
  allowsKeyUsage,
  type Certificate,
  extendedKeyUsages,
  findExtension,
  OID,
  parseCertificate,
  SIGNATURE_HASHES,
} from './certificate.ts';
import { type AuthorityChain, findPaths, isWithin, verifyChain } from './chain.ts';
import { keyFingerprint, type Memo, NO_MEMO } from './memo.ts';
import {
  type DerElement,
  expectTag,
  malformed,
  readChildren,
  readDer,
  readObjectIdentifier,
  readTime,
  readUnsignedInteger,
  TAG,
} from './der.ts';

/** An RFC 3161 timestamp token, parsed strictly; nothing in it is verified. */
export interface TimestampToken {
  readonly time: Date;
  /** The authority's clock may be wrong by so much, either way; rounded up to milliseconds. Without it, it says nothing. */
  readonly accuracyMs?: number;
  readonly imprintHash: 'sha256' | 'sha384' | 'sha512';
  readonly imprint: Uint8Array;
  readonly tstInfo: Uint8Array;
  readonly signedAttributes: Uint8Array;
  readonly messageDigest: Uint8Array;
  readonly digestHash: 'sha256' | 'sha384' | 'sha512';
  readonly signature: Uint8Array;
  readonly signatureHash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly signerIssuer: Uint8Array;
  readonly signerSerial: bigint;
  /** ESSCertID (RFC 2634: SHA-1) or ESSCertIDv2 (RFC 5816), as `{hash, digest}` of the signing certificate. */
  readonly signingCertificate?: { readonly hash: string; readonly digest: Uint8Array };
  readonly certificates: readonly Certificate[];
}

/** Why a token gives no time. `unknown-authority` is ignored and reported, everything else is tampering. */
export type TimestampFault =
  | 'unknown-authority'
  | 'imprint'
  | 'signature'
  | 'authority-not-valid'
  | 'chain'
  | 'purpose'
  | 'signing-certificate';

/** The outcome for one token. */
export type TimestampResult =
  | { readonly ok: true; readonly time: Date; readonly authority: AuthorityChain }
  | {
      readonly ok: false;
      readonly fault: TimestampFault;
      readonly message: string;
      readonly expected?: string;
      readonly actual?: string;
    };

const HASHES: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512'>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const WHAT = 'timestamp';

/**
 * Parses a TimeStampResp (RFC 3161 §2.4.2), as cosign and bundles carry it.
 *
 * @throws SigtrailError `invalid-certificate`
 */
export function parseTimestampToken(bytes: Uint8Array): TimestampToken {
  if (bytes.length > 65_536) throw malformed(WHAT, 'it is larger than 64 KiB');
  const [status, token] = readChildren(expectTag(readDer(bytes, WHAT), TAG.sequence, WHAT), WHAT);
  const granted = readUnsignedInteger(readChildren(expectTag(status, TAG.sequence, WHAT), WHAT)[0], WHAT);
  if (granted > 1n) throw malformed(WHAT, `the authority did not grant it (status ${granted})`);
  const [type, wrapped] = readChildren(expectTag(token, TAG.sequence, WHAT), WHAT);
  if (readObjectIdentifier(type, WHAT) !== '1.2.840.113549.1.7.2') throw malformed(WHAT, 'not CMS SignedData');
  const signedData = readChildren(
    expectTag(readChildren(expectTag(wrapped, TAG.context0, WHAT), WHAT)[0], TAG.sequence, WHAT),
    WHAT,
  );
  const content = readChildren(expectTag(signedData[2], TAG.sequence, WHAT), WHAT);
  if (readObjectIdentifier(content[0], WHAT) !== '1.2.840.113549.1.9.16.1.4')
    throw malformed(WHAT, 'its content is not TSTInfo');
  const tstInfo = expectTag(
    readChildren(expectTag(content[1], TAG.context0, WHAT), WHAT)[0],
    TAG.octetString,
    WHAT,
  ).contents;
  const certificates = signedData
    .slice(3)
    .filter((element) => element.tag === TAG.context0)
    .flatMap((element) =>
      readChildren(element, WHAT)
        .slice(0, 16)
        .map((certificate) => parseCertificate(certificate.bytes)),
    );
  const signers = readChildren(expectTag(signedData.at(-1), TAG.set, WHAT), WHAT);
  if (signers.length !== 1) throw malformed(WHAT, 'expected exactly one signer');
  return {
    ...readTstInfo(tstInfo),
    ...readSignerInfo(expectTag(signers[0], TAG.sequence, WHAT)),
    tstInfo,
    certificates,
  };
}

/**
 * Verifies a token over the bytes it should cover, against the trusted timestamp authorities: known signer, imprint,
 * CMS signature, ESSCertID, chain at its own time, critical and only EKU timeStamping (RFC 3161 §2.3, §2.4.2).
 */
export function verifyTimestampToken(
  token: TimestampToken,
  covered: Uint8Array,
  authorities: readonly AuthorityChain[],
  memo: Memo = NO_MEMO,
): TimestampResult {
  const known = authorities.flatMap((authority) => {
    const signer = findSigner(token, authority, memo);
    return signer === undefined ? [] : [{ authority, ...signer }];
  });
  if (known.length === 0)
    return {
      ok: false,
      fault: 'unknown-authority',
      message: 'no timestamp authority of the trusted root signed this token',
    };
  const actual = Buffer.from(token.imprint).toString('hex');
  const expected = createHash(token.imprintHash).update(covered).digest('hex');
  if (actual !== expected)
    return {
      ok: false,
      fault: 'imprint',
      message: 'the timestamp is of other bytes than this signature',
      expected: `${token.imprintHash}:${expected}`,
      actual: `${token.imprintHash}:${actual}`,
    };
  let best: TimestampResult | undefined;
  for (const { authority, signer, chain } of known) {
    const result = judge(token, signer, authority, chain, memo);
    if (result.ok) return result;
    best ??= result;
  }
  return best ?? { ok: false, fault: 'unknown-authority', message: 'no authority' };
}

function judge(
  token: TimestampToken,
  signer: Certificate,
  authority: AuthorityChain,
  issuers: AuthorityChain,
  memo: Memo,
): TimestampResult {
  const digest = createHash(token.digestHash).update(token.tstInfo).digest();
  if (!digest.equals(token.messageDigest))
    return { ok: false, fault: 'signature', message: 'the signed attributes name another TSTInfo' };
  const signed = isTokenSignedBy(token, signer.publicKey, memo);
  if (!signed) return { ok: false, fault: 'signature', message: 'the timestamp’s signature does not verify' };
  const reference = token.signingCertificate;
  if (reference !== undefined && !createHash(reference.hash).update(signer.bytes).digest().equals(reference.digest))
    return {
      ok: false,
      fault: 'signing-certificate',
      message: 'the timestamp names another signing certificate (ESSCertID)',
    };
  const purposes = extendedKeyUsages(signer);
  if (
    purposes?.length !== 1 ||
    purposes[0] !== OID.timeStamping ||
    findExtension(signer, OID.extendedKeyUsage)?.critical !== true
  )
    return {
      ok: false,
      fault: 'purpose',
      message: 'the authority’s certificate lacks the critical purpose timeStamping',
      expected: OID.timeStamping,
      actual: purposes?.join(', ') ?? 'none',
    };
  if (!allowsKeyUsage(signer, 0))
    return { ok: false, fault: 'purpose', message: 'the authority’s certificate may not sign (digitalSignature)' };
  if (!isWithin(authority.validFor, token.time))
    return {
      ok: false,
      fault: 'authority-not-valid',
      message: `the trusted root does not use this timestamp authority at ${token.time.toISOString()}`,
    };
  const fault = chainFault(signer, issuers, token, memo);
  return fault === undefined
    ? { ok: true, time: token.time, authority }
    : { ok: false, fault: 'chain', message: fault };
}

/** Does this key verify the CMS signature over the signed attributes (RFC 5652 §5.4)? */
export function isTokenSignedBy(token: TimestampToken, key: KeyObject, memo: Memo = NO_MEMO): boolean {
  const { signatureHash, signedAttributes, signature } = token;
  return memo.byBytes('timestamp', [keyFingerprint(key), signatureHash ?? '', signedAttributes, signature], () => {
    try {
      return memo.verify(signatureHash, signedAttributes, key, signature);
    } catch {
      return false; // key and algorithm don't fit: not this signer's signature
    }
  });
}

/** A trusted chain of one certificate is the signer itself, trusted as it is: only its own window is left to check. */
function chainFault(
  signer: Certificate,
  issuers: AuthorityChain,
  { time, certificates }: TimestampToken,
  memo: Memo,
): string | undefined {
  if (issuers.certificates.length === 0)
    return isWithin({ start: signer.notBefore, end: signer.notAfter }, time)
      ? undefined
      : `the authority’s certificate is not valid at ${time.toISOString()}`;
  const path = verifyChain(signer, [issuers], time, certificates, memo);
  return path.ok ? undefined : path.message;
}

/**
 * The signer is the first certificate of the trusted chain, or one in the token that leads to the trusted chain: by itself
 * or through other certificates of the token, which prove nothing until the path does.
 */
function findSigner(
  token: TimestampToken,
  authority: AuthorityChain,
  memo: Memo,
): { readonly signer: Certificate; readonly chain: AuthorityChain } | undefined {
  const named = (certificate: Certificate): boolean =>
    certificate.serialNumber === token.signerSerial && Buffer.from(certificate.issuer).equals(token.signerIssuer);
  const [first, ...rest] = authority.certificates;
  if (first === undefined) return undefined;
  if (named(first))
    return {
      signer: first,
      chain: memo.byObject('issuers', authority, () => ({ ...authority, certificates: rest })),
    };
  const embedded = token.certificates.find(named);
  return embedded !== undefined && findPaths(embedded, [authority], token.certificates, memo).length > 0
    ? { signer: embedded, chain: authority }
    : undefined;
}

function readTstInfo(bytes: Uint8Array): Pick<TimestampToken, 'time' | 'accuracyMs' | 'imprintHash' | 'imprint'> {
  const fields = readChildren(expectTag(readDer(bytes, 'TSTInfo'), TAG.sequence, 'TSTInfo'), 'TSTInfo');
  if (readUnsignedInteger(fields[0], 'TSTInfo') !== 1n) throw malformed('TSTInfo', 'only version 1 is known');
  const [algorithm, digest] = readChildren(expectTag(fields[2], TAG.sequence, 'TSTInfo'), 'TSTInfo');
  const imprintHash =
    HASHES[readObjectIdentifier(readChildren(expectTag(algorithm, TAG.sequence, 'TSTInfo'))[0], 'TSTInfo')];
  if (imprintHash === undefined) throw malformed('TSTInfo', 'its hash algorithm is not SHA-256, SHA-384 or SHA-512');
  const accuracyMs = fields[5]?.tag === TAG.sequence ? readAccuracy(fields[5]) : undefined;
  return {
    ...(accuracyMs === undefined ? {} : { accuracyMs }),
    imprintHash,
    imprint: expectTag(digest, TAG.octetString, 'TSTInfo').contents,
    time: readTime(expectTag(fields[4], TAG.generalizedTime, 'TSTInfo'), 'TSTInfo'),
  };
}

const MILLIS = 0x80;
const MICROS = 0x81;

/** `Accuracy` (RFC 3161 §2.4.2): seconds, then thousandths and millionths from 1 to 999; each may be left out. */
function readAccuracy(element: DerElement): number {
  const parts = [...readChildren(element, 'TSTInfo')];
  const take = (tag: number, most: bigint): number => {
    const [first] = parts;
    if (first?.tag !== tag) return 0;
    parts.shift();
    const value = readUnsignedInteger({ ...first, tag: TAG.integer }, 'TSTInfo');
    if (value > most || (tag !== TAG.integer && value === 0n))
      throw malformed('TSTInfo', `its accuracy has a part of ${value}, expected at most ${most}`);
    return Number(value);
  };
  const seconds = take(TAG.integer, 0x7fff_ffffn);
  const millis = take(MILLIS, 999n);
  const micros = take(MICROS, 999n);
  if (parts.length > 0)
    throw malformed('TSTInfo', 'its accuracy has other parts than seconds, thousandths and millionths');
  return seconds * 1000 + millis + (micros > 0 ? 1 : 0);
}

type SignerFields = Omit<
  TimestampToken,
  'time' | 'accuracyMs' | 'imprintHash' | 'imprint' | 'tstInfo' | 'certificates'
>;

function readSignerInfo(info: DerElement): SignerFields {
  const [, identifier, digestAlgorithm, attributes, signatureAlgorithm, signature] = readChildren(info, WHAT);
  const [issuer, serial] = readChildren(expectTag(identifier, TAG.sequence, WHAT), WHAT);
  const digestHash =
    HASHES[readObjectIdentifier(readChildren(expectTag(digestAlgorithm, TAG.sequence, WHAT))[0], WHAT)];
  if (digestHash === undefined) throw malformed(WHAT, 'its digest algorithm is not supported');
  const oid = readObjectIdentifier(readChildren(expectTag(signatureAlgorithm, TAG.sequence, WHAT))[0], WHAT);
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
    const [type, set] = readChildren(expectTag(attribute, TAG.sequence, WHAT), WHAT);
    const oid = readObjectIdentifier(type, WHAT);
    const [value, ...more] = readChildren(expectTag(set, TAG.set, WHAT), WHAT);
    if (values.has(oid) || value === undefined || more.length > 0)
      throw malformed(WHAT, `attribute ${oid} must have exactly one value`);
    values.set(oid, value);
  }
  return values;
}

function readSigningCertificate(values: ReadonlyMap<string, DerElement>): TimestampToken['signingCertificate'] {
  const v2 = values.get('1.2.840.113549.1.9.16.2.47');
  const v1 = values.get('1.2.840.113549.1.9.16.2.12');
  const value = v2 ?? v1;
  if (value === undefined) return undefined;
  const [list] = readChildren(expectTag(value, TAG.sequence, WHAT), WHAT);
  const parts = readChildren(
    expectTag(readChildren(expectTag(list, TAG.sequence, WHAT), WHAT)[0], TAG.sequence, WHAT),
    WHAT,
  );
  if (v2 === undefined) return { hash: 'sha1', digest: expectTag(parts[0], TAG.octetString, WHAT).contents };
  if (parts[0]?.tag === TAG.octetString) return { hash: 'sha256', digest: parts[0].contents };
  const hash = HASHES[readObjectIdentifier(readChildren(expectTag(parts[0], TAG.sequence, WHAT))[0], WHAT)];
  if (hash === undefined) throw malformed(WHAT, 'ESSCertIDv2 with an unknown hash');
  return { hash, digest: expectTag(parts[1], TAG.octetString, WHAT).contents };
}
