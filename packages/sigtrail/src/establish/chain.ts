import {
  allowsKeyUsage,
  basicConstraints,
  type Certificate,
  extendedKeyUsages,
  findExtension,
  OID,
  SIGNATURE_HASHES,
} from '../crypto/certificate.ts';
import { sameBytes } from '@sigtrail/encoding';
import type { Signatures } from './signatures.ts';

/** A trusted certificate authority: issuing certificate first, anchor last, as a trusted root lists it. */
export interface AuthorityChain {
  readonly uri: string;
  /** Who runs it, if the trusted root says so (v0.2). */
  readonly operator?: string;
  readonly certificates: readonly Certificate[];
  readonly validFor: ValidityWindow;
}

/** Start and end both belong to the window; without an end it is open. */
export interface ValidityWindow {
  readonly start: Date;
  readonly end?: Date;
}

/** Why a certificate does not chain to an authority. */
export type ChainFault =
  | 'unknown-issuer'
  | 'authority-not-valid'
  | 'authority-expired'
  | 'certificate-expired'
  | 'constraint';

/** The result for one leaf, at one time, against all authorities. */
export type ChainResult<A extends AuthorityChain = AuthorityChain> =
  | { readonly ok: true; readonly authority: A; readonly issuer: Certificate }
  | { readonly ok: false; readonly fault: ChainFault; readonly message: string };

/** A path from a leaf to an authority's anchor: `certificates` are those above the leaf, its issuer first. */
export interface IssuingPath<A extends AuthorityChain = AuthorityChain> {
  readonly authority: A;
  readonly certificates: readonly Certificate[];
  /** Why these certificates may not issue the leaf, whatever the time. */
  readonly fault?: string;
}

/**
 * Where a path may join a trusted chain. The chain of a timestamp authority starts with its only signer: if a token brings a different signer along, the path must start
 * below that `first` certificate, or a trusted chain would vouch for every signer that its intermediate ever had.
 */
export type PathStart = 'any' | 'first';

/** Is `time` inside the window? */
export function isWithin(window: ValidityWindow, time: Date): boolean {
  return time >= window.start && (window.end === undefined || time <= window.end);
}

// How many certificates that came with a signature may issue each other in a row; more would let a stranger spend our time.
const MAX_BESIDE = 4;

/**
 * The paths from a leaf to the authorities, by name and signature, whatever the time. `beside` are certificates that came
 * with the signature: they may lead to an authority, but never act as one. `purpose` is the extended key usage that the path must allow.
 *
 * Any certificate of a trusted chain may have issued the leaf: GitHub attests releases from the second one of its chain. Whether it may issue depends on
 * the chain from there up, since the certificates below it say nothing about this leaf.
 */
export async function findPaths<A extends AuthorityChain>(
  leaf: Certificate,
  authorities: readonly A[],
  signatures: Signatures,
  beside: readonly Certificate[] = [],
  purpose: string = OID.codeSigning,
  startsAt: PathStart = 'any',
): Promise<readonly IssuingPath<A>[]> {
  const paths = await pathsFrom(leaf, authorities, { signatures, startsAt }, beside);
  return Promise.all(
    paths.map(async (path) => {
      const fault = await faultOf(path.certificates, purpose, signatures);
      return fault === undefined ? path : { ...path, fault };
    }),
  );
}

interface PathSearch {
  readonly signatures: Signatures;
  readonly startsAt: PathStart;
}

async function pathsFrom<A extends AuthorityChain>(
  leaf: Certificate,
  authorities: readonly A[],
  search: PathSearch,
  beside: readonly Certificate[],
  depth = 0,
): Promise<readonly IssuingPath<A>[]> {
  const direct = await Promise.all(authorities.map(async (authority) => pathsBelow(leaf, authority, search)));
  if (direct.flat().length > 0 || depth >= MAX_BESIDE) return direct.flat();
  const indirect = await Promise.all(
    beside.slice(0, MAX_BESIDE).map(async (next) => {
      if (next === leaf || !(await isIssuedBy(leaf, next, search.signatures))) return [];
      const others = beside.filter((other) => other !== next);
      return (await pathsFrom(next, authorities, search, others, depth + 1)).map(({ authority, certificates }) => ({
        authority,
        certificates: [next, ...certificates],
      }));
    }),
  );
  return indirect.flat();
}

async function pathsBelow<A extends AuthorityChain>(
  leaf: Certificate,
  authority: A,
  { signatures, startsAt }: PathSearch,
): Promise<readonly IssuingPath<A>[]> {
  const issuers = startsAt === 'first' ? authority.certificates.slice(0, 1) : authority.certificates;
  const issued = await Promise.all(issuers.map(async (issuer) => isIssuedBy(leaf, issuer, signatures)));
  return issued.flatMap((isIssuer, index) =>
    isIssuer ? [{ authority, certificates: authority.certificates.slice(index) }] : [],
  );
}

/**
 * Checks a leaf along its paths at one verified time (RFC 5280 §6.1). The last certificate of a trusted chain is the
 * anchor, whatever it is; every certificate must be valid at that time.
 */
export function verifyPaths<A extends AuthorityChain>(
  leaf: Certificate,
  paths: readonly IssuingPath<A>[],
  time: Date,
): ChainResult<A> {
  let best: ChainResult<A> | undefined;
  for (const path of paths) {
    const result = verifyPath(leaf, path, time);
    if (result.ok) return result;
    best ??= result;
  }
  return (
    best ?? {
      ok: false,
      fault: 'unknown-issuer',
      message:
        'no certificate authority of the trusted root issued this certificate; if you know its authority, give its trusted root as option trust (--trusted-root)',
    }
  );
}

function verifyPath<A extends AuthorityChain>(
  leaf: Certificate,
  { authority, certificates, fault }: IssuingPath<A>,
  time: Date,
): ChainResult<A> {
  const [issuer] = certificates;
  if (issuer === undefined) return { ok: false, fault: 'unknown-issuer', message: 'the authority has no certificate' };
  if (!isWithin(authority.validFor, time))
    return {
      ok: false,
      fault: 'authority-not-valid',
      message: `the trusted root does not use authority ${authority.uri} at ${time.toISOString()}`,
    };
  for (const certificate of certificates)
    if (!isWithin({ start: certificate.notBefore, end: certificate.notAfter }, time))
      return {
        ok: false,
        fault: 'authority-expired',
        message: `a certificate of the authority is valid from ${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}, not at ${time.toISOString()}`,
      };
  if (!isWithin({ start: leaf.notBefore, end: leaf.notAfter }, time))
    return {
      ok: false,
      fault: 'certificate-expired',
      message: `the certificate is valid from ${leaf.notBefore.toISOString()} to ${leaf.notAfter.toISOString()}, not at ${time.toISOString()}`,
    };
  const constraint = leafFault(leaf) ?? fault;
  return constraint === undefined
    ? { ok: true, authority, issuer }
    : { ok: false, fault: 'constraint', message: constraint };
}

function leafFault(leaf: Certificate): string | undefined {
  if (basicConstraints(leaf).isCa) return 'the leaf is a certificate authority itself';
  // RFC 5280 §4.2.1.10: only in an authority's certificate. Go refuses name constraints that it can't read, and we can't read any.
  return findExtension(leaf, OID.nameConstraints) === undefined
    ? undefined
    : 'the leaf has name constraints, which only a certificate authority may have';
}

// RFC 5280 §4.2.1.12
const ANY_PURPOSE = '2.5.29.37.0';

const KNOWN_CRITICAL: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAlternativeName,
]);

/** A critical extension that this verifier doesn't understand (RFC 5280 §4.2: must reject). */
export function unknownCriticalExtension(certificate: Certificate): string | undefined {
  return certificate.extensions.find((extension) => extension.critical && !KNOWN_CRITICAL.has(extension.oid))?.oid;
}

async function faultOf(
  chain: readonly Certificate[],
  purpose: string,
  signatures: Signatures,
): Promise<string | undefined> {
  for (const [index, certificate] of chain.entries()) {
    const { isCa, pathLength } = basicConstraints(certificate);
    if (!isCa) return 'an issuing certificate is not a certificate authority';
    if (!allowsKeyUsage(certificate, 5)) return 'an issuing certificate may not sign certificates (keyCertSign)';
    // RFC 5280 §4.2.1.9: the number of CA certificates that may follow, not counting the leaf.
    if (pathLength !== undefined && index > pathLength) return `a path length of ${pathLength} is exceeded`;
    // As in Go and OpenSSL: the purposes of all authorities nest, including the anchor's, and an absent list is no limit.
    const purposes = extendedKeyUsages(certificate);
    if (purposes !== undefined && !purposes.includes(purpose) && !purposes.includes(ANY_PURPOSE))
      return `an issuing certificate is limited to the purposes ${purposes.join(', ')}, which do not include ${purpose}`;
    // Critical or not, and on an anchor too: an authority that is limited to some names must not vouch for other names.
    if (findExtension(certificate, OID.nameConstraints) !== undefined)
      return 'an issuing certificate has name constraints, which Sigtrail does not evaluate';
    // On an anchor too, as in Go: being trusted doesn't cancel what the certificate says about itself.
    const unknown = unknownCriticalExtension(certificate);
    if (unknown !== undefined)
      return `an issuing certificate has the critical extension ${unknown}, which Sigtrail does not understand`;
    const next = chain[index + 1];
    if (next !== undefined && !(await isIssuedBy(certificate, next, signatures)))
      return 'the trusted root’s own chain does not verify';
  }
  return undefined;
}

/** Compares names and verifies the signature; no times, no constraints. */
async function isIssuedBy(certificate: Certificate, issuer: Certificate, signatures: Signatures): Promise<boolean> {
  const hash = SIGNATURE_HASHES[certificate.signatureAlgorithm];
  return (
    sameBytes(issuer.subject, certificate.issuer) &&
    hash !== undefined &&
    signatures.verify(hash, certificate.tbs, issuer.publicKey, certificate.signature)
  );
}
