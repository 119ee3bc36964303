import { allowsKeyUsage, basicConstraints, type Certificate, isSignedBy, OID } from './certificate.ts';

/** A trusted certificate authority: issuing certificate first, anchor last, as a trusted root lists it. */
export interface AuthorityChain {
  readonly uri: string;
  readonly certificates: readonly Certificate[];
  readonly validFor: ValidityWindow;
}

/** Start and end both belong to the window; no end is open. */
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

/** The outcome for one leaf, at one time, against all authorities. */
export type ChainResult =
  | { readonly ok: true; readonly authority: AuthorityChain; readonly issuer: Certificate }
  | { readonly ok: false; readonly fault: ChainFault; readonly message: string };

/** Is `time` inside the window? */
export function isWithin(window: ValidityWindow, time: Date): boolean {
  return time >= window.start && (window.end === undefined || time <= window.end);
}

/** The authority whose first certificate signed the leaf, by name and signature, whatever the time. */
export function findIssuers(leaf: Certificate, authorities: readonly AuthorityChain[]): readonly AuthorityChain[] {
  return authorities.filter((authority) => {
    const issuer = authority.certificates[0];
    return issuer !== undefined && Buffer.from(issuer.subject).equals(leaf.issuer) && isSignedByMemoised(leaf, issuer);
  });
}

/**
 * Checks a leaf against the authorities at one verified time (RFC 5280 §6.1 over a given path). The last certificate
 * of a trusted chain is the anchor, whatever it is; every certificate must be valid at that time.
 */
export function verifyChain(leaf: Certificate, authorities: readonly AuthorityChain[], time: Date): ChainResult {
  const issuers = findIssuers(leaf, authorities);
  if (issuers.length === 0)
    return {
      ok: false,
      fault: 'unknown-issuer',
      message: 'no certificate authority of the trusted root issued this certificate',
    };
  let best: ChainResult | undefined;
  for (const authority of issuers) {
    const result = verifyPath(leaf, authority, time);
    if (result.ok) return result;
    best ??= result;
  }
  return best ?? { ok: false, fault: 'unknown-issuer', message: 'no path' };
}

function verifyPath(leaf: Certificate, authority: AuthorityChain, time: Date): ChainResult {
  const issuer = authority.certificates[0];
  if (issuer === undefined) return { ok: false, fault: 'unknown-issuer', message: 'the authority has no certificate' };
  if (!isWithin(authority.validFor, time))
    return {
      ok: false,
      fault: 'authority-not-valid',
      message: `the trusted root does not use authority ${authority.uri} at ${time.toISOString()}`,
    };
  for (const certificate of authority.certificates)
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
  const constraint = pathConstraint(leaf, authority);
  return constraint === undefined
    ? { ok: true, authority, issuer }
    : { ok: false, fault: 'constraint', message: constraint };
}

const KNOWN_CRITICAL: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAlternativeName,
]);

/** A critical extension nobody here understands (RFC 5280 §4.2: must reject). */
export function unknownCriticalExtension(certificate: Certificate): string | undefined {
  return certificate.extensions.find((extension) => extension.critical && !KNOWN_CRITICAL.has(extension.oid))?.oid;
}

function pathConstraint(leaf: Certificate, authority: AuthorityChain): string | undefined {
  if (basicConstraints(leaf).isCa) return 'the leaf is a certificate authority itself';
  const chain = authority.certificates;
  for (const [index, certificate] of chain.entries()) {
    const { isCa, pathLength } = basicConstraints(certificate);
    if (!isCa) return 'an issuing certificate is not a certificate authority';
    if (!allowsKeyUsage(certificate, 5)) return 'an issuing certificate may not sign certificates (keyCertSign)';
    // RFC 5280 §4.2.1.9: the number of CA certificates that may follow, the leaf not counted.
    if (pathLength !== undefined && index > pathLength) return `a path length of ${pathLength} is exceeded`;
    const unknown = unknownCriticalExtension(certificate);
    if (unknown !== undefined && index < chain.length - 1)
      return `an issuing certificate has the unknown critical extension ${unknown}`;
    const next = chain[index + 1];
    if (
      next !== undefined &&
      !(Buffer.from(next.subject).equals(certificate.issuer) && isSignedByMemoised(certificate, next))
    )
      return 'the trusted root’s own chain does not verify';
  }
  return undefined;
}

const signatures = new WeakMap<Certificate, WeakMap<Certificate, boolean>>();

/** The signature of a parsed certificate under a parsed issuer: a pure fact, kept as long as both objects live. */
function isSignedByMemoised(certificate: Certificate, issuer: Certificate): boolean {
  let known = signatures.get(certificate);
  if (known === undefined) signatures.set(certificate, (known = new WeakMap()));
  let answer = known.get(issuer);
  if (answer === undefined) known.set(issuer, (answer = isSignedBy(certificate, issuer)));
  return answer;
}
