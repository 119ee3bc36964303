import { createHash } from 'node:crypto';
import { allowsKeyUsage, type Certificate, extendedKeyUsages, findExtension, OID } from '../crypto/certificate.ts';
import { digestOnce } from '../crypto/digest-once.ts';
import { type AuthorityChain, findPaths, isWithin, unknownCriticalExtension, verifyPaths } from './chain.ts';
import type { Signatures } from './signatures.ts';
import { sameBytes } from '@sigtrail/encoding';
import type { TimestampToken } from './timestamp-token.ts';

/** Why a token gives no time. `unknown-authority` is reported and ignored; everything else is tampering. */
export type TimestampFault =
  | 'unknown-authority'
  | 'imprint'
  | 'signature'
  | 'authority-not-valid'
  | 'chain'
  | 'purpose'
  | 'signing-certificate';

/** The result for one token. */
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
export async function verifyTimestampToken(
  token: TimestampToken,
  covered: Uint8Array,
  authorities: readonly AuthorityChain[],
  signatures: Signatures,
): Promise<TimestampResult> {
  const signers = await Promise.all(authorities.map(async (authority) => findSigner(token, authority, signatures)));
  const knownSigners = signers.filter((signer) => signer !== undefined);
  if (knownSigners.length === 0)
    return {
      ok: false,
      fault: 'unknown-authority',
      message: 'no timestamp authority of the trusted root signed this token',
    };
  const actual = Buffer.from(token.imprint).toString('hex');
  const expected = digestOnce(token.imprintHash, covered).toString('hex');
  if (actual !== expected)
    return {
      ok: false,
      fault: 'imprint',
      message: 'the timestamp does not cover this signature, but other bytes',
      expected: `${token.imprintHash}:${expected}`,
      actual: `${token.imprintHash}:${actual}`,
    };
  let best: TimestampResult | undefined;
  for (const signer of knownSigners) {
    const result = await verifyUnder(token, signer, signatures);
    if (result.ok) return result;
    best ??= result;
  }
  return best ?? { ok: false, fault: 'unknown-authority', message: 'no authority' };
}

interface TokenSigner {
  readonly authority: AuthorityChain;
  readonly signer: Certificate;
  /** The trusted certificates above the signer. */
  readonly issuers: AuthorityChain;
}

async function verifyUnder(
  token: TimestampToken,
  { authority, signer, issuers }: TokenSigner,
  signatures: Signatures,
): Promise<TimestampResult> {
  const digest = createHash(token.digestHash).update(token.tstInfo).digest();
  if (!digest.equals(token.messageDigest))
    return { ok: false, fault: 'signature', message: 'the signed attributes name a different TSTInfo' };
  // The signature is over the signed attributes (RFC 5652 §5.4).
  const { signatureHash, signedAttributes, signature } = token;
  if (!(await signatures.verify(signatureHash, signedAttributes, signer.publicKey, signature)))
    return { ok: false, fault: 'signature', message: 'the timestamp’s signature does not verify' };
  const reference = token.signingCertificate;
  if (reference !== undefined && !createHash(reference.hash).update(signer.bytes).digest().equals(reference.digest))
    return {
      ok: false,
      fault: 'signing-certificate',
      message: 'the timestamp names a different signing certificate (ESSCertID)',
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
  const unknown = unknownCriticalExtension(signer);
  if (unknown !== undefined)
    return {
      ok: false,
      fault: 'purpose',
      message: 'the authority’s certificate has a critical extension that Sigtrail does not understand',
      actual: unknown,
    };
  if (!isWithin(authority.validFor, token.time))
    return {
      ok: false,
      fault: 'authority-not-valid',
      message: `the trusted root does not use this timestamp authority at ${token.time.toISOString()}`,
    };
  const fault = await chainFault(signer, issuers, token, signatures);
  return fault === undefined
    ? { ok: true, time: token.time, authority }
    : { ok: false, fault: 'chain', message: fault };
}

/** A trusted chain of one certificate is the signer itself and is trusted as it is: only its own window is left to check. */
async function chainFault(
  signer: Certificate,
  issuers: AuthorityChain,
  { time, certificates }: TimestampToken,
  signatures: Signatures,
): Promise<string | undefined> {
  if (issuers.certificates.length === 0)
    return isWithin({ start: signer.notBefore, end: signer.notAfter }, time)
      ? undefined
      : `the authority’s certificate is not valid at ${time.toISOString()}`;
  const paths = await findPaths(signer, [issuers], signatures, certificates, OID.timeStamping, 'first');
  const result = verifyPaths(signer, paths, time);
  return result.ok ? undefined : result.message;
}

/**
 * The signer is the first certificate of the trusted chain, or a certificate in the token that leads to the trusted chain, directly
 * or through other certificates of the token. Those prove nothing until the path is verified.
 */
async function findSigner(
  token: TimestampToken,
  authority: AuthorityChain,
  signatures: Signatures,
): Promise<TokenSigner | undefined> {
  const named = (certificate: Certificate): boolean =>
    certificate.serialNumber === token.signerSerial && sameBytes(certificate.issuer, token.signerIssuer);
  const [first, ...rest] = authority.certificates;
  if (first === undefined) return undefined;
  if (named(first)) return { authority, signer: first, issuers: { ...authority, certificates: rest } };
  const embedded = token.certificates.find(named);
  return embedded !== undefined &&
    (await findPaths(embedded, [authority], signatures, token.certificates, OID.timeStamping, 'first')).length > 0
    ? { authority, signer: embedded, issuers: authority }
    : undefined;
}
