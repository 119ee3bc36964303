import type { KeyObject } from 'node:crypto';
import { VerificationError, Verifier } from '@sigstore/verify';
import type { SecondJudgement } from '../report/report.ts';
import { type Asked, isTime } from './asked.ts';
import { bundleOf } from './bundle-of.ts';
import { namesSubject } from './names-subject.ts';
import { checkParties } from './check-parties.ts';
import { namesSigner } from './names-signer.ts';
import { whyNotApplicable } from './not-applicable.ts';
import type { PreparedTrust } from './prepare-trust.ts';
import type { SecondQuestion } from './question.ts';
import { type ReadEntity, readEntity, type RememberCertificate } from './read-entity.ts';
import type { RememberingCertificate } from './remembering-certificate.ts';
import { thresholdsOf } from './thresholds-of.ts';
import { withIntermediates } from './with-intermediates.ts';

/** The answer. */
export interface Answer {
  readonly judgement: SecondJudgement;
  /** Whether the answer does not depend on the clock. */
  readonly isTimeless: boolean;
}

/** What the judge remembers between questions. */
export interface Remembered {
  readonly trust: PreparedTrust;
  readonly certificate: RememberCertificate;
}

/** Asks `@sigstore/verify` about one signature. Anything thrown on the way is a refusal. */
export async function answerQuestion(question: SecondQuestion, prepare: () => Remembered): Promise<Answer> {
  let isTimeless = true;
  try {
    const { asked, read, trust, isAtClock } = await prepareQuestion(question, prepare());
    isTimeless = !isAtClock;
    const judgement = await ask(asked, {
      question,
      read,
      trust,
      isWithoutTime: isAtClock && question.require.length === 0,
    });
    return { judgement: withNames(judgement, read, question), isTimeless };
  } catch (error) {
    // The readers raise raw errors on some inputs.
    return { judgement: refusal(messageOf(error)), isTimeless };
  }
}

/** Checks what `@sigstore/verify` leaves to its caller: the artifact that a statement names, and the key that a log entry records. */
function withNames(judgement: SecondJudgement, read: ReadEntity, { subject, key }: SecondQuestion): SecondJudgement {
  if (judgement.verdict === 'refused') return judgement;
  if (!namesSubject(read.bundle, read.payload, subject)) return refusal('what was signed doesn’t name the artifact');
  return namesSigner(read, key) ? judgement : refusal('a log entry records a key that is not the signer’s');
}

interface Known {
  readonly question: SecondQuestion;
  readonly read: ReadEntity;
  readonly trust: PreparedTrust;
  readonly isWithoutTime: boolean;
}

/** Each explanation removes something from the question: entries, times, the certificate. There can't be more rounds than explanations. */
const MAX_ROUNDS = 8;

/** After an explained refusal, asks again without the explained part, since the explanation excuses nothing else. */
async function ask(first: Asked, { question, read, trust, isWithoutTime }: Known): Promise<SecondJudgement> {
  let asked = first;
  let reason: string | undefined;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const refused = refusalOf(asked, trust);
    if (refused === undefined)
      return reason === undefined ? { verdict: 'accepted' } : { verdict: 'not-applicable', reason };
    const { key, subject } = question;
    const explained = await whyNotApplicable({ asked, read, trust, key, subject, isWithoutTime, refusal: refused });
    if (explained === undefined) return refusal(refused.message);
    reason ??= explained.reason;
    if (explained.rest === undefined)
      return reason === undefined ? refusal(refused.message) : { verdict: 'not-applicable', reason };
    asked = explained.rest;
  }
  return refusal('its refusals could not be explained');
}

function refusalOf(
  { entity, material, thresholds }: Asked,
  { parties }: PreparedTrust,
): { readonly code: string | undefined; readonly message: string } | undefined {
  const { log, sct, time } = thresholds;
  try {
    new Verifier(material, { tlogThreshold: log, ctlogThreshold: sct, timestampThreshold: time }).verify(entity);
    checkParties(entity, parties, thresholds);
    return undefined;
  } catch (error) {
    // It raises raw errors on some inputs too: anything it throws is a refusal.
    return { code: error instanceof VerificationError ? error.code : undefined, message: messageOf(error) };
  }
}

async function prepareQuestion(
  question: SecondQuestion,
  { trust, certificate: remember }: Remembered,
): Promise<{
  readonly asked: Asked;
  readonly read: ReadEntity;
  readonly trust: PreparedTrust;
  readonly isAtClock: boolean;
}> {
  const { subject, profile, key } = question;
  const { json, beside, ...layer } = bundleOf(question);
  const thresholds = thresholdsOf(question);
  const material = { ...trust.material(profile), publicKey: () => ({ publicKey: keyOf(key), validFor: () => true }) };
  const read = await readEntity(json, { material, subject, remember, ...layer });
  const { entity } = read;
  if (entity.key.$case !== 'certificate')
    return { asked: { entity, material, thresholds }, read, trust, isAtClock: false };
  if (profile === 'key') throw new TypeError('it has a certificate, but the policy names a key');
  // If the policy or the authority says so, the certificate is checked at the verifier's clock.
  const isAtClock = thresholds.time === 0 && !entity.timestamps.some(isTime);
  const timestamps = isAtClock ? [...entity.timestamps, clockAt(question.now)] : entity.timestamps;
  const intermediates = profile === 'pki' ? [...beside, ...read.beside] : [];
  return {
    asked: {
      entity: { ...entity, timestamps },
      material: withIntermediates(material, entity.key.certificate, readable(intermediates, remember)),
      thresholds,
    },
    read,
    trust,
    isAtClock,
  };
}

/** Anyone can attach bytes to a signature, so certificates that can't be read are left out. */
function readable(certificates: readonly Buffer[], remember: RememberCertificate): readonly RememberingCertificate[] {
  return certificates.flatMap((der) => {
    try {
      return [remember(der)];
    } catch {
      return [];
    }
  });
}

function keyOf(key: KeyObject | undefined): KeyObject {
  if (key === undefined) throw new TypeError('the policy names no key');
  return key;
}

function refusal(reason: string): SecondJudgement {
  return { verdict: 'refused', reason };
}

/** Raw errors quote what they could not read: an attacker's text, of any length. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, MAX_MESSAGE_LENGTH) : 'unknown error';
}

const MAX_MESSAGE_LENGTH = 500;

/** A timestamp at the verifier's clock, in the form that `@sigstore/verify` reads. */
function clockAt(now: Date): ReadEntity['entity']['timestamps'][number] {
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
