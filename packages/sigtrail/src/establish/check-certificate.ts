import {
  type FulcioClaims,
  decodeClaims,
  decodeSubjectAlternativeNames,
  isClaimsError,
  type SubjectAlternativeName,
} from '@sigtrail/fulcio-claims/extensions';
import { allowsKeyUsage, type Certificate, extendedKeyUsages, findExtension, OID } from '../crypto/certificate.ts';
import {
  type ChainResult,
  findPaths,
  type IssuingPath,
  isWithin,
  unknownCriticalExtension,
  verifyPaths,
} from './chain.ts';
import { type Memo, NO_MEMO, onTheSpot } from './memo.ts';
import { readScts, verifySct } from './sct.ts';
import { same } from '../bytes.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { isSigtrailError } from '../error.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { VerifiedTime } from '../report/report.ts';
import type { CertificateAuthority, TrustedRoot } from '../trust/trusted-root.ts';
import { latestOf } from '../latest-of.ts';
import { createRecorder, type Recorder } from './recorder.ts';

const CHAIN_CODES: Readonly<Record<Exclude<ChainResult, { ok: true }>['fault'], string>> = {
  'unknown-issuer': 'certificate-issuer-unknown',
  'authority-not-valid': 'certificate-authority-not-valid',
  'authority-expired': 'certificate-authority-expired',
  'certificate-expired': 'certificate-expired',
  constraint: 'certificate-chain-invalid',
};

/** What the chain of a leaf came to. */
export interface ChainFacts {
  /** The authority that issued it, found by name and signature; the times are what `certificate-chain` says. */
  readonly authority?: CertificateAuthority;
  readonly chainNow?: { readonly ok: boolean; readonly message: string };
}

/** The ways from a leaf to the trusted authorities. Certificates beside it may lead there where the profile allows: an own PKI's. */
export function findIssuingPaths(
  { leaf, chain }: Extract<Candidate['signer'], { kind: 'certificate' }>,
  trust: TrustedRoot,
  memo: Memo = NO_MEMO,
): readonly IssuingPath<CertificateAuthority>[] {
  const direct = memo.byPair('paths', leaf, trust, () => findPaths(leaf, trust.certificateAuthorities, [], memo));
  if (direct.length > 0 || chain.length === 0) return direct;
  return findPaths(
    leaf,
    trust.certificateAuthorities.filter(({ profile }) => profile === 'pki'),
    chain,
    memo,
  );
}

/** Chain of the leaf at every verified time. Without any, the answer at the verifier's clock is returned for the policy to use or refuse. */
export function checkChain(
  leaf: Certificate,
  paths: readonly IssuingPath<CertificateAuthority>[],
  times: readonly VerifiedTime[],
  now: Date,
  record: Recorder,
  memo: Memo = NO_MEMO,
): ChainFacts {
  let authority: CertificateAuthority | undefined;
  for (const verified of times) {
    const { time, source, accuracyMs = 0 } = verified;
    const at = verifyPaths(leaf, paths, new Date(time), memo);
    // Also at the latest moment that the time can mean: a signature has to exist before its certificate ends.
    const result = at.ok && accuracyMs > 0 ? verifyPaths(leaf, paths, latestOf(verified), memo) : at;
    const more = {
      expected: `valid at ${time}${accuracyMs > 0 ? ` and ${accuracyMs} ms later` : ''} (${source})`,
      actual: `${leaf.notBefore.toISOString()} to ${leaf.notAfter.toISOString()}`,
    };
    if (!result.ok) {
      if (record.fail('certificate-chain', CHAIN_CODES[result.fault], result.message, more)) return {};
      continue;
    }
    record.pass(
      'certificate-chain',
      `the certificate was issued by ${result.authority.uri} and valid at ${time}`,
      more,
    );
    authority ??= result.authority;
  }
  if (authority !== undefined) return { authority };
  const result = verifyPaths(leaf, paths, now, memo);
  if (!result.ok && result.fault === 'unknown-issuer') {
    if (record.fail('certificate-chain', CHAIN_CODES[result.fault], result.message)) return {};
  }
  record.skip('certificate-chain', 'no-verified-time', 'no verified time to check the certificate at');
  const issuer = result.ok ? result.authority : paths[0]?.authority;
  return {
    chainNow: { ok: result.ok, message: result.ok ? 'valid now' : result.message },
    ...(issuer === undefined ? {} : { authority: issuer }),
  };
}

/** Does a v0.3 bundle hold one certificate (protobuf-specs `VerificationMaterial`)? Only an authority that was relaxed so may have its chain there. */
export function checkCarriedChain(
  { chain, chainAgainstFormat }: Extract<Candidate['signer'], { kind: 'certificate' }>,
  authority: CertificateAuthority | undefined,
  record: Recorder,
): void {
  if (chainAgainstFormat !== true) return;
  const more = { expected: 'one certificate', actual: `a chain of ${chain.length + 1}` };
  if (authority?.relax.includes('single-certificate') === true)
    record.skip(
      'bundle-certificate',
      'bundle-chain-relaxed',
      'this v0.3 bundle carries a certificate chain, and its authority is trusted with that',
      more,
    );
  else
    record.fail(
      'bundle-certificate',
      'bundle-chain-unexpected',
      'a v0.3 bundle has one certificate, not a chain; relax "single-certificate" accepts those of an own PKI',
      more,
    );
}

/** May this certificate sign code (RFC 5280 §4.2.1.3, §4.2.1.12; Fulcio certificate specification)? */
export function checkUsage(leaf: Certificate, authority: CertificateAuthority | undefined, record: Recorder): void {
  const purposes = extendedKeyUsages(leaf);
  const more = { expected: OID.codeSigning, actual: purposes?.join(', ') ?? 'none' };
  if (purposes?.includes(OID.codeSigning) === true)
    record.pass('certificate-purpose', 'the certificate is for code signing', more);
  else if (authority?.relax.includes('code-signing') === true)
    record.skip(
      'certificate-purpose',
      'certificate-purpose-relaxed',
      'the certificate is not for code signing, and its authority is trusted without',
      more,
    );
  else record.fail('certificate-purpose', 'certificate-purpose', 'the certificate is not for code signing', more);
  if (allowsKeyUsage(leaf, 0)) record.pass('certificate-key-usage', 'the certificate’s key may sign');
  else
    record.fail(
      'certificate-key-usage',
      'certificate-key-usage',
      'the certificate’s key may not sign (digitalSignature)',
    );
  const unknown = unknownCriticalExtension(leaf);
  if (unknown === undefined) record.pass('certificate-critical', 'every critical extension is understood');
  else
    record.fail(
      'certificate-critical',
      'certificate-critical-unknown',
      'the certificate has a critical extension that is not understood',
      { actual: unknown },
    );
}

/** Verified SCTs, as hex ids of distinct logs. An SCT of an unknown log is ignored and reported; one of a known log must hold. */
export function checkScts(
  leaf: Certificate,
  issuer: Certificate | undefined,
  trust: TrustedRoot,
  now: Date,
  record: Recorder,
  memo: Memo = NO_MEMO,
): readonly string[] {
  if (issuer === undefined) {
    judgeScts(leaf, undefined, trust, record);
    return [];
  }
  // An SCT has its own time, so what it is worth under a trusted root never changes; only whether that time has come.
  const issuance = memo.byPair('issuance', leaf, issuer, () => ({}));
  const { checks, verified } = memo.byPair('scts', issuance, trust, () => {
    const own = createRecorder(record.without);
    const verified = judgeScts(leaf, issuer, trust, own, memo);
    // They stand in reports, and whoever edits one must not edit what is remembered.
    return { verified, checks: deepFreeze(own.checks) };
  });
  record.checks.push(...checks);
  for (const { timestamp, item } of verified)
    if (timestamp.getTime() > now.getTime() + CLOCK_SKEW_MS)
      record.fail('sct', 'sct-in-future', 'the SCT is of the future', {
        expected: `at most ${now.toISOString()}`,
        actual: timestamp.toISOString(),
        item,
      });
  return [...new Set(verified.map(({ logId }) => logId))];
}

// As for log entries: a CT log's clock may run a little ahead of ours.
const CLOCK_SKEW_MS = 60_000;

/** An SCT that its log signed, in that log's window. */
interface VerifiedSct {
  /** In hex. */
  readonly logId: string;
  readonly timestamp: Date;
  readonly item: number;
}

function judgeScts(
  leaf: Certificate,
  issuer: Certificate | undefined,
  trust: TrustedRoot,
  record: Recorder,
  memo: Memo = NO_MEMO,
): readonly VerifiedSct[] {
  let scts: ReturnType<typeof readScts>;
  try {
    scts = readScts(leaf);
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    record.fail('sct', 'sct-malformed', error.message);
    return [];
  }
  if (scts.length === 0) record.skip('sct', 'sct-missing', 'the certificate has no signed certificate timestamp');
  if (issuer === undefined) return [];
  const verified: VerifiedSct[] = [];
  for (const [item, sct] of scts.entries()) {
    const id = Buffer.from(sct.logId).toString('hex');
    const known = trust.certificateTransparencyLogs.filter(({ logId }) => same(logId, sct.logId));
    const which = known.length === 1 ? memo : onTheSpot(memo);
    const valid = known.find((log) => verifySct(sct, leaf, issuer, log.publicKey, which));
    if (known.length === 0)
      record.skip('sct', 'sct-log-unknown', 'an SCT of a log that the trusted root does not have: ignored', {
        actual: id,
        item,
      });
    else if (valid === undefined)
      record.fail('sct', 'sct-invalid', 'the SCT does not verify under the CT log’s key', { actual: id, item });
    else if (
      known.some((log) => isWithin(log.validFor, sct.timestamp)) ||
      !record.skip(
        'sct',
        'sct-log-not-valid',
        'the trusted root does not use this CT log at the time of the SCT: it does not count',
        { actual: sct.timestamp.toISOString(), item },
      )
    ) {
      record.pass('sct', `the certificate is recorded in the CT log ${valid.baseUrl}`, { actual: id, item });
      verified.push({ logId: id, timestamp: sct.timestamp, item });
    }
  }
  return verified;
}

/** Reads who the certificate says it is; a certificate that contradicts itself is refused. */
export function checkClaims(leaf: Certificate, record: Recorder, memo: Memo = NO_MEMO): ClaimFacts {
  const { checks, ...facts } = memo.byObject('claims', leaf, () => {
    const own = createRecorder(record.without);
    return deepFreeze({ ...readClaims(leaf, own), checks: own.checks });
  });
  record.checks.push(...checks);
  return facts;
}

/** Who a certificate says it is. */
export interface ClaimFacts {
  readonly claims?: FulcioClaims;
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
}

function readClaims(leaf: Certificate, record: Recorder): ClaimFacts {
  try {
    const san = findExtension(leaf, OID.subjectAlternativeName);
    const subjectAlternativeNames = san === undefined ? [] : decodeSubjectAlternativeNames(san.value);
    const claims = decodeClaims(leaf.extensions);
    record.pass('certificate-claims', 'the certificate’s claims are well-formed');
    return { claims, subjectAlternativeNames };
  } catch (error) {
    if (!isClaimsError(error)) throw error;
    record.fail('certificate-claims', 'certificate-claims-malformed', error.message);
    return { subjectAlternativeNames: [] };
  }
}
