import { type Candidate, pathOf, type UnreadableCandidate } from '../evidence/candidate.ts';
import { IN_TOTO } from '../evidence/dsse.ts';
import { statementOf } from '../evidence/statement-of.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import type { Decision } from '../decide/decision.ts';
import { missingFromSnapshot } from './missing-from-snapshot.ts';
import type { AcceptedSignature, CandidateReport, Check, TrustSource, UnverifiedClaims } from './report.ts';

/** The report of a candidate that was read and verified. */
export function reportCandidate(facts: CandidateFacts, decision: Decision, trust: TrustSource): CandidateReport {
  const { candidate } = facts;
  const missing = decision.accepted ? undefined : missingFromSnapshot(decision.checks, trust);
  const because = decision.accepted ? undefined : firstFailure(decision.checks);
  return {
    ...originOf(candidate),
    accepted: decision.accepted,
    ...(because === undefined ? {} : { refusedBecause: because }),
    ...(missing === undefined ? {} : { missingFromSnapshot: missing }),
    checks: decision.checks,
    unverifiedClaims: claimsOf(facts),
    secondJudge: decision.facts.secondJudge,
  };
}

/** The report of a candidate that could not be read. */
export function reportUnreadable(candidate: UnreadableCandidate): CandidateReport {
  const { code, message, status } = candidate.unreadable;
  return {
    ...originOf(candidate),
    accepted: false,
    refusedBecause: code,
    checks: [{ check: 'format', status, code, message }],
    unverifiedClaims: { logIndexes: [], integratedTimes: [] },
    secondJudge: { verdict: 'not-asked', reason: 'it could not be read' },
  };
}

/** What the caller may rely on in an accepted signature. */
export function acceptedSignature(facts: CandidateFacts): AcceptedSignature | undefined {
  const { candidate, signer } = facts;
  if (signer === undefined) return undefined;
  const { content } = candidate;
  const statement = statementOf(candidate);
  const through = pathOf(candidate);
  return {
    candidate: candidate.id,
    format: candidate.format,
    signer,
    log: facts.log,
    times: facts.times,
    annotations: facts.annotations,
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
    ...(content.kind === 'simple-signing' ? { dockerReference: content.claims.dockerReference } : {}),
    ...(through === undefined ? {} : { through }),
    signature: Buffer.from(candidate.signature).toString('base64'),
    ...payloadOf(candidate),
    ...(candidate.cosignBundle === undefined ? {} : { cosignBundle: candidate.cosignBundle }),
    signedTimestamps: candidate.timestamps.map((bytes) => Buffer.from(bytes).toString('base64')),
  };
}

/** What the signature covers. For a signature of an attestation manifest: the statement that this manifest lists. */
function payloadOf({ content, listed }: Candidate): Pick<AcceptedSignature, 'payload' | 'payloadType'> {
  if (listed !== undefined) return { payloadType: IN_TOTO, payload: Buffer.from(listed.bytes).toString('base64') };
  if (content.kind === 'message') return {};
  const payload = Buffer.from(content.payload).toString('base64');
  return content.kind === 'dsse' ? { payloadType: content.payloadType, payload } : { payload };
}

/** The first check that failed or could not be carried out: the reason that people read first. */
function firstFailure(checks: readonly Check[]): string | undefined {
  return (
    (checks.find(({ status }) => status === 'failed') ?? checks.find(({ status }) => status === 'indeterminate'))
      ?.code ?? 'signature-key-not-named'
  );
}

function originOf(
  candidate: Candidate | UnreadableCandidate,
): Pick<CandidateReport, 'id' | 'format' | 'carrier' | 'manifestDigest' | 'layerDigest' | 'isAttestation' | 'through'> {
  const through = pathOf(candidate);
  return {
    id: candidate.id,
    format: candidate.format,
    carrier: candidate.carrier,
    ...(candidate.manifestDigest === undefined ? {} : { manifestDigest: candidate.manifestDigest }),
    ...(candidate.layerDigest === undefined ? {} : { layerDigest: candidate.layerDigest }),
    isAttestation: candidate.isAttestation,
    ...(through === undefined ? {} : { through }),
  };
}

function claimsOf({ candidate, claims, subjectAlternativeNames, annotations }: CandidateFacts): UnverifiedClaims {
  const { content, signer, logEntries } = candidate;
  const statement = statementOf(candidate);
  return {
    ...(signer.kind === 'certificate'
      ? {
          subjectAlternativeNames,
          ...(claims === undefined ? {} : { claims }),
          notBefore: signer.leaf.notBefore.toISOString(),
          notAfter: signer.leaf.notAfter.toISOString(),
        }
      : signer.hint === undefined
        ? {}
        : { keyHint: signer.hint }),
    logIndexes: logEntries.map(({ logIndex }) => logIndex),
    integratedTimes: logEntries.flatMap(({ integratedTime }) =>
      integratedTime === undefined || integratedTime > 8.64e12 ? [] : [new Date(integratedTime * 1000).toISOString()],
    ),
    ...(content.kind === 'simple-signing'
      ? { dockerReference: content.claims.dockerReference, payloadDigest: content.claims.manifestDigest }
      : {}),
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
    annotations,
  };
}
