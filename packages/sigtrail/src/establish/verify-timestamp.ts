import { createHash, type KeyObject } from 'node:crypto';
import { allowsKeyUsage, type Certificate, extendedKeyUsages, findExtension, OID } from '../crypto/certificate.ts';
import { type AuthorityChain, findPaths, isWithin, verifyChain } from './chain.ts';
import { keyFingerprint, type Memo, NO_MEMO } from './memo.ts';
import type { TimestampToken } from './timestamp-token.ts';

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
