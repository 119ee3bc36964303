import { hash, type KeyObject } from 'node:crypto';
import { RFC3161Timestamp, X509Certificate } from '@sigstore/core';
import { type SignedEntity, type TrustMaterial, Verifier } from '@sigstore/verify';
import type { Certificate } from '../crypto/certificate.ts';
import type { AuthorityChain, IssuingPath } from '../establish/chain.ts';
import { readScts } from '../establish/sct.ts';
import type { Candidate, CandidateContent, LogEntry } from '../evidence/candidate.ts';
import type { StockJudgement } from '../report/report.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { ProvenTimestamp } from '../establish/check-timestamps.ts';
import type { ProvenEntry } from '../establish/prove-entry.ts';
import { digestOfSubject } from '../establish/check-subject.ts';
import type { CandidateFacts, EstablishContext } from '../establish/facts.ts';

/** What our own checks counted, and what each piece was held against. */
export type ProvenFacts = Pick<CandidateFacts, 'candidate' | 'signerKey' | 'times' | 'sctLogs'> & {
  readonly entries: readonly Pick<ProvenEntry, 'entry' | 'log' | 'checkpoint'>[];
  readonly timestamps: readonly ProvenTimestamp[];
  /** The ways from the leaf to trusted authorities. */
  readonly paths: readonly IssuingPath[];
};
type Facts = ProvenFacts;

const END_OF_TIME = new Date(8_640_000_000_000_000);

/**
 * Lets the stock `@sigstore/verify` Verifier judge the same evidence: the entries, times and SCTs that our own checks
 * counted. It never sees a policy (there a string is an unanchored regular expression), and never widens an answer.
 */
export function askStockJudge(facts: Facts, context: EstablishContext): StockJudgement {
  if (context.stockJudge === 'off') return { verdict: 'not-asked', reason: 'switched off' };
  const { signerKey } = facts;
  const reason = signerKey === undefined ? 'stock needs a key' : notApplicable(facts);
  if (signerKey === undefined || reason !== undefined) return { verdict: 'not-applicable', reason: reason ?? '' };
  try {
    if (facts.candidate.signer.kind === 'certificate') judgeCertificate(facts, signerKey, context);
    judgeSignature(facts, signerKey, context);
    return { verdict: 'accepted' };
  } catch (error) {
    // Stock raises raw TypeErrors on some inputs too: whatever it throws is a refusal.
    return { verdict: 'refused', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

/** The certificate, at every time that counts: chain, SCTs and key. Who it says it is stock isn't asked. */
function judgeCertificate(
  { candidate: { signer }, paths, times, sctLogs }: Facts,
  signerKey: KeyObject,
  { trust }: EstablishContext,
): void {
  if (signer.kind === 'key') return;
  const verifier = new Verifier(
    {
      certificateAuthorities: paths.map(({ authority, certificates }) => toAuthority(authority, certificates)),
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: ctLogsOf(trust),
      publicKey: noKey,
    },
    { tlogThreshold: 0, ctlogThreshold: sctLogs.length, timestampThreshold: 1 },
  );
  verifier.verify({
    signature: {
      signature: Buffer.alloc(0),
      compareSignature: () => false,
      compareDigest: () => false,
      compareSignedDigest: () => false,
      verifySignature: (key) => signerKey.equals(key),
    },
    key: { $case: 'certificate', certificate: toStockCertificate(signer.leaf) },
    tlogEntries: [],
    timestamps: times.map(({ time }, index) => ({
      $case: 'transparency-log' as const,
      tlogEntry: timeOnly(new Date(time), index),
    })),
  });
}

function toStockCertificate({ bytes }: Certificate): X509Certificate {
  return X509Certificate.parse(Buffer.from(bytes));
}

/** Entries, timestamps and signature, under the key that the certificate (or the policy) gave. */
function judgeSignature(facts: Facts, signerKey: KeyObject, context: EstablishContext): void {
  const verifier = new Verifier(materialFor(facts, signerKey, context), {
    tlogThreshold: facts.entries.length,
    ctlogThreshold: 0,
    timestampThreshold: facts.candidate.signer.kind === 'certificate' ? 1 : 0,
  });
  verifier.verify(entityOf(facts, signerKey, context));
}

/** The closed list of what stock can't judge although we can. */
function notApplicable({ candidate, times, sctLogs, entries, timestamps, paths }: Facts): string | undefined {
  if (candidate.signer.kind === 'certificate') {
    if (times.length === 0) return 'stock needs a verified time for a certificate';
    if (readScts(candidate.signer.leaf).length !== sctLogs.length)
      return 'stock refuses a certificate of which any SCT is of an unknown or retired CT log';
    if (paths.some(({ certificates }) => !isSelfIssued(certificates.at(-1)))) return 'stock needs self-signed anchors';
  }
  if (candidate.stamped !== undefined && timestamps.length > 0)
    return 'stock looks for timestamps of the signature, and this one is of the envelope';
  const unread = entries.find(({ entry }) => !STOCK_KINDS.has(`${entry.kind}:${entry.version}`))?.entry;
  if (unread !== undefined) return `stock doesn't read entries of kind ${unread.kind}:${unread.version}`;
  if (entries.some(({ log: { publicKey } }) => !usesSha256(publicKey))) return 'stock verifies logs with SHA-256 only';
  return timestamps.map(unreadTimestamp).find((reason) => reason !== undefined);
}

function usesSha256(key: KeyObject): boolean {
  return key.asymmetricKeyType !== 'rsa' && (key.asymmetricKeyDetails?.namedCurve ?? 'prime256v1') === 'prime256v1';
}

function unreadTimestamp({ token, authority }: ProvenTimestamp): string | undefined {
  const [signer, ...issuers] = authority.certificates;
  if (signer?.serialNumber !== token.signerSerial || issuers.length === 0)
    return 'stock looks for a timestamp’s signer at the start of a trusted chain, and for its issuers after it';
  if (!isSelfIssued(issuers.at(-1))) return 'stock needs self-signed anchors of timestamp authorities';
  if (signer.publicKey.asymmetricKeyType !== 'ec') return 'stock verifies timestamps with ECDSA only';
  return token.time.getUTCMilliseconds() === 0 ? undefined : 'stock doesn’t read fractions of a second in timestamps';
}

const STOCK_KINDS: ReadonlySet<string> = new Set([
  'hashedrekord:0.0.1',
  'hashedrekord:0.0.2',
  'dsse:0.0.1',
  'dsse:0.0.2',
  'intoto:0.0.2',
]);

function isSelfIssued(certificate: AuthorityChain['certificates'][number] | undefined): boolean {
  return certificate !== undefined && Buffer.from(certificate.subject).equals(certificate.issuer);
}

function ctLogsOf({ certificateTransparencyLogs }: TrustedRoot): TrustMaterial['ctlogs'] {
  return certificateTransparencyLogs.map(({ logId, baseUrl, publicKey, validFor }) => ({
    logID: Buffer.from(logId),
    baseURL: baseUrl,
    publicKey,
    validFor: toWindow(validFor),
  }));
}

function toAuthority(
  { validFor }: AuthorityChain,
  path: AuthorityChain['certificates'],
): TrustMaterial['certificateAuthorities'][number] {
  return { certChain: path.map(toStockCertificate), validFor: toWindow(validFor) };
}

function toWindow({ start, end }: AuthorityChain['validFor']): { start: Date; end: Date } {
  return { start, end: end ?? END_OF_TIME };
}

function materialFor({ entries, timestamps }: Facts, signerKey: KeyObject, { trust }: EstablishContext): TrustMaterial {
  return {
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities:
      timestamps.length === 0
        ? []
        : trust.timestampAuthorities.map((authority) => toAuthority(authority, authority.certificates)),
    tlogs: entries.map(({ entry, log, checkpoint }) => ({
      logID: Buffer.from(entry.logId),
      // Stock looks for the checkpoint's name inside `baseURL`; a log is known by its key, so it is given the name it looks for.
      baseURL: [log.baseUrl, ...(checkpoint?.signatures.map(({ name }) => name) ?? [])].join(' '),
      publicKey: log.publicKey,
      validFor: toWindow(log.validFor),
    })),
    publicKey: () => ({ publicKey: signerKey, validFor: () => true }),
  };
}

function noKey(): never {
  throw new Error('no key');
}

function entityOf(
  { candidate, entries, times, timestamps }: Facts,
  signerKey: KeyObject,
  context: EstablishContext,
): SignedEntity {
  const tlogEntries = entries.map(({ entry }) => toStockEntry(entry));
  const withTime = times.some(({ source }) => source === 'log')
    ? tlogEntries.filter(
        ({ integratedTime, inclusionPromise }) => integratedTime !== '0' && inclusionPromise !== undefined,
      )
    : [];
  return {
    signature: contentOf(candidate, signerKey, context),
    key: { $case: 'public-key', hint: '' },
    tlogEntries,
    timestamps: [
      ...withTime.map((tlogEntry) => ({ $case: 'transparency-log' as const, tlogEntry })),
      ...timestamps.map(({ bytes }) => ({
        $case: 'timestamp-authority' as const,
        timestamp: RFC3161Timestamp.parse(Buffer.from(bytes)),
      })),
    ],
  };
}

/** What stock reads of an entry to have a time of it. No two of them are one entry. */
function timeOnly(time: Date, index: number): SignedEntity['tlogEntries'][number] {
  return {
    logIndex: '0',
    logId: { keyId: Buffer.of(index) },
    kindVersion: { kind: '', version: '' },
    integratedTime: String(time.getTime() / 1000),
    inclusionPromise: { signedEntryTimestamp: Buffer.alloc(0) },
    inclusionProof: undefined,
    canonicalizedBody: Buffer.alloc(0),
  };
}

function toStockEntry(entry: LogEntry): SignedEntity['tlogEntries'][number] {
  const proof = entry.inclusionProof;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logId) },
    kindVersion: { kind: entry.kind, version: entry.version },
    integratedTime: String(entry.integratedTime ?? 0),
    inclusionPromise:
      entry.signedEntryTimestamp === undefined
        ? undefined
        : { signedEntryTimestamp: Buffer.from(entry.signedEntryTimestamp) },
    inclusionProof:
      proof === undefined
        ? undefined
        : {
            logIndex: String(proof.logIndex),
            rootHash: Buffer.from(proof.rootHash),
            treeSize: String(proof.treeSize),
            hashes: proof.hashes.map((sibling) => Buffer.from(sibling)),
            checkpoint: { envelope: proof.checkpoint },
          },
    canonicalizedBody: Buffer.from(entry.body),
  };
}

function contentOf(candidate: Candidate, signerKey: KeyObject, context: EstablishContext): SignedEntity['signature'] {
  const signature = Buffer.from(candidate.signature);
  return {
    signature,
    compareSignature: (other) => signature.equals(other),
    compareDigest: (digest) => digestFor(candidate.content, context, digest.length, 'payload')?.equals(digest) ?? false,
    compareSignedDigest: (digest) =>
      digestFor(candidate.content, context, digest.length, 'signed')?.equals(digest) ?? false,
    // Under the key that our own check verified it with, the same question has the same answer.
    verifySignature: (key) => signerKey.equals(key),
  };
}

function digestFor(
  content: CandidateContent,
  { subject }: EstablishContext,
  length: number,
  of: 'payload' | 'signed',
): Buffer | undefined {
  const algorithm = ({ 32: 'sha256', 48: 'sha384', 64: 'sha512' } as const)[length as 32 | 48 | 64];
  if (algorithm === undefined) return undefined;
  if (content.kind === 'message') return digestOfSubject(subject, algorithm);
  const bytes = content.kind === 'simple-signing' || of === 'payload' ? content.payload : content.pae;
  return hash(algorithm, bytes, 'buffer');
}
