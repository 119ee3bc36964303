import { hash } from 'node:crypto';
import { type TrustMaterial, VerificationError, Verifier } from '@sigstore/verify';
import { serializeEntry } from '../evidence/serialize-entry.ts';
import { certificatesOf, serializeLayer } from '../evidence/serialize-layer.ts';
import { describeSubject } from '../establish/check-subject.ts';
import { keyFingerprint } from '../keys/public-key.ts';
import type { SecondJudgement } from '../report/report.ts';
import { PROFILES } from '../trust/profile.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import { createMemory } from './bounded-memory.ts';
import { checkParties, type Thresholds } from './check-parties.ts';
import { namesSubject } from './names-subject.ts';
import { whyNotApplicable } from './not-applicable.ts';
import { type PreparedTrust, prepareTrust } from './prepare-trust.ts';
import type { SecondQuestion } from './question.ts';
import { type ReadEntity, readEntity } from './read-entity.ts';
import { RememberingCertificate } from './remembering-certificate.ts';
import { withIntermediates } from './with-intermediates.ts';

/** `@sigstore/verify` as a judge of its own: it reads the original bytes and the original trusted root by its own readers. */
export interface SecondJudge {
  ask(question: SecondQuestion): Promise<SecondJudgement>;
}

const MAX_ANSWERS = 4096;
const MAX_CERTIFICATES = 1024;
const MAX_TRUST = 8;
// Hashing longer bundles to recognise them costs more than it saves.
const MAX_REMEMBERED_LENGTH = 1024 * 1024;

/** A judge with a memory of its own: of trust it prepared, of certificates it read, and of its answers by all that was given. */
export function createSecondJudge(): SecondJudge {
  const answers = createMemory<Promise<Answer>>(MAX_ANSWERS);
  const certificates = createMemory<RememberingCertificate>(MAX_CERTIFICATES);
  const prepared = createMemory<PreparedTrust>(MAX_TRUST);
  const remember = (der: Buffer): RememberingCertificate =>
    certificates(hash('sha256', der, 'base64'), () => RememberingCertificate.parse(Buffer.from(der)));
  const trustOf = ({ json }: TrustedRoot): PreparedTrust => prepared(json, () => prepareTrust(json));
  return {
    async ask(question) {
      const name = nameOf(question);
      const make = async (): Promise<Answer> => judge(question, trustOf, remember);
      const answer = await (name === undefined ? make() : answers(name, make));
      // What depends on the clock is asked again.
      return (answer.isTimeless ? answer : await make()).judgement;
    },
  };
}

interface Answer {
  readonly judgement: SecondJudgement;
  /** Whether it is the same at any other time of asking. */
  readonly isTimeless: boolean;
}

async function judge(
  question: SecondQuestion,
  trustOf: (root: TrustedRoot) => PreparedTrust,
  remember: (der: Buffer) => RememberingCertificate,
): Promise<Answer> {
  const { subject, profile, key } = question;
  let read: ReadEntity | undefined;
  let trust: PreparedTrust | undefined;
  let material: TrustMaterial | undefined;
  let isTimeless = true;
  const { json, payload, beside } = bundleOf(question);
  const least = thresholdsOf(question);
  try {
    trust = trustOf(question.trust);
    material = {
      ...trust.material(profile),
      publicKey: () => {
        if (key === undefined) throw new TypeError('the policy names no key');
        return { publicKey: key, validFor: () => true };
      },
    };
    const context = { material, subject, remember, ...(payload === undefined ? {} : { payload }) };
    read = await readEntity(json, context);
    let { entity } = read;
    if (entity.key.$case === 'certificate') {
      if (profile === 'key') throw new TypeError('it has a certificate, and the policy a key');
      const intermediates = [...beside, ...read.beside];
      if (profile === 'pki' && intermediates.length > 0)
        material = withIntermediates(material, entity.key.certificate, intermediates.map(remember));
      if (least.time === 0 && !entity.timestamps.some(isTime)) {
        // As the policy or the authority asks, the certificate is judged at the verifier's clock.
        entity = { ...entity, timestamps: [...entity.timestamps, clockAt(question.now)] };
        isTimeless = false;
      }
    }
    const thresholds = { tlogThreshold: least.log, ctlogThreshold: least.sct, timestampThreshold: least.time };
    new Verifier(material, thresholds).verify(entity);
    checkParties(entity, trust.parties, least);
    return namesSubject(read.bundle, payload, subject)
      ? { judgement: { verdict: 'accepted' }, isTimeless }
      : { judgement: refusal('what was signed doesn’t name the artifact'), isTimeless };
  } catch (error) {
    // It raises raw errors on some inputs too: whatever it throws is a refusal.
    const message = error instanceof Error ? error.message : 'unknown error';
    const reason =
      read === undefined || trust === undefined || material === undefined
        ? undefined
        : whyNotApplicable({
            read,
            trust,
            material,
            key,
            isDigestOnly: subject.kind === 'digest' && payload === undefined && !isEnvelope(read),
            hasEnvelopeTimestamps: hasEnvelopeTimestamps(question),
            isWithoutTime: !isTimeless && question.require.length === 0,
            refusal: { code: error instanceof VerificationError ? error.code : undefined, message },
          });
    return { judgement: reason === undefined ? refusal(message) : { verdict: 'not-applicable', reason }, isTimeless };
  }
}

function refusal(reason: string): SecondJudgement {
  return { verdict: 'refused', reason };
}

function isEnvelope({ bundle }: ReadEntity): boolean {
  return bundle.content.$case === 'dsseEnvelope';
}

function hasEnvelopeTimestamps({ original }: SecondQuestion): boolean {
  return original.kind === 'dsse' && (original.annotations['dev.sigstore.cosign/rfc3161timestamp'] ?? '') !== '';
}

/** The bundle that it is given: the one that was found, or the one that the layer comes to. */
function bundleOf({ original, lookedUp, timestampAnnotations }: SecondQuestion): {
  readonly json: object;
  readonly payload?: Uint8Array;
  readonly beside: readonly Buffer[];
} {
  if (original.kind === 'bundle') {
    const json = JSON.parse(original.json) as {
      readonly verificationMaterial?: { readonly tlogEntries?: readonly unknown[] };
    };
    if (lookedUp.length === 0 || (json.verificationMaterial?.tlogEntries ?? []).length > 0) return { json, beside: [] };
    const tlogEntries = lookedUp.map(serializeEntry);
    return { json: { ...json, verificationMaterial: { ...json.verificationMaterial, tlogEntries } }, beside: [] };
  }
  const json = serializeLayer(original, lookedUp.map(serializeEntry));
  const { timestampVerificationData: _, ...unstamped } = json.verificationMaterial;
  const [, ...issuers] = certificatesOf(original.annotations);
  return {
    json: timestampAnnotations === 'ignore' ? { ...json, verificationMaterial: unstamped } : json,
    beside: issuers.map((rawBytes) => Buffer.from(rawBytes, 'base64')),
    ...(original.kind === 'simple-signing' ? { payload: original.bytes } : {}),
  };
}

/** By the authority's profile, unless the policy gives another number. What an alternative of the policy doesn't ask, isn't asked here. */
function thresholdsOf({ profile, relaxed, require }: SecondQuestion): Thresholds {
  if (require.length === 0) return { log: 0, sct: 0, time: 0, tsa: 0 };
  const asked = PROFILES[profile];
  const least = (of: (one: SecondQuestion['require'][number]) => number): number => Math.min(...require.map(of));
  return {
    log: least(({ log }) => log ?? asked.log),
    sct: least(({ sct }) => sct ?? asked.sct),
    time: least(({ time }) => time ?? (relaxed.includes('time') ? 0 : asked.time)),
    tsa: least(({ tsa }) => tsa ?? 0),
  };
}

type Time = ReadEntity['entity']['timestamps'][number];

function isTime(time: Time): boolean {
  return time.$case === 'timestamp-authority' || time.tlogEntry.inclusionPromise !== undefined;
}

/** What it reads of an entry to have a time of it. */
function clockAt(now: Date): Time {
  return {
    $case: 'transparency-log',
    tlogEntry: {
      logIndex: '0',
      logId: { keyId: Buffer.alloc(0) },
      kindVersion: { kind: '', version: '' },
      integratedTime: String(Math.floor(now.getTime() / 1000)),
      inclusionPromise: { signedEntryTimestamp: Buffer.alloc(0) },
      inclusionProof: undefined,
      canonicalizedBody: Buffer.alloc(0),
    },
  };
}

/** SHA-256 over all that was given, each part with its length before it. The versions are those of this process. */
function nameOf(question: SecondQuestion): string | undefined {
  const { original, lookedUp, subject, trust, profile, relaxed, key, require, timestampAnnotations } = question;
  const found = original.kind === 'bundle' ? original.json : Buffer.from(original.bytes).toString('base64');
  if (found.length > MAX_REMEMBERED_LENGTH) return undefined;
  const asked = JSON.stringify([
    found,
    original.kind === 'bundle' ? '' : [original.kind, original.annotations, original.signature],
    lookedUp.map(serializeEntry),
    subject.kind,
    describeSubject(subject),
    hash('sha256', trust.json, 'base64'),
    profile,
    relaxed,
    key === undefined ? '' : keyFingerprint(key),
    require,
    timestampAnnotations,
  ]);
  return hash('sha256', asked, 'base64');
}
