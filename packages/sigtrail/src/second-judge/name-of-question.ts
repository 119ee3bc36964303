import crypto from 'node:crypto';
import { digestOnce } from '../crypto/digest-once.ts';
import { describeSubject } from '../establish/subject.ts';
import type { Subject } from '../establish/subject.ts';
import { serializeEntry } from '../evidence/serialize-entry.ts';
import { keyFingerprint } from '../keys/public-key.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import { VERSION } from '../version.ts';
import { textOf } from './bundle-of.ts';
import type { SecondQuestion } from './question.ts';

// Hashing longer bundles to recognise them costs more than it saves.
const MAX_REMEMBERED_LENGTH = 1024 * 1024;

/** SHA-256 over the whole question except `now`: a question whose answer depends on the clock is asked again. */
export function nameOfQuestion(question: SecondQuestion): string | undefined {
  const { original, lookedUp, subject, trust, profile, relaxed, key, require, timestampAnnotations } = question;
  const length = original.kind === 'bundle' ? original.json.length : original.bytes.length;
  if (length > MAX_REMEMBERED_LENGTH) return undefined;
  const found = original.kind === 'bundle' ? textOf(original.json) : Buffer.from(original.bytes).toString('base64');
  const given = JSON.stringify([
    VERSION,
    found,
    original.kind === 'bundle' ? '' : [original.kind, original.annotations, original.signature],
    lookedUp.map(serializeEntry),
    nameOfSubject(subject),
    nameOfTrust(trust),
    profile,
    relaxed,
    key === undefined ? '' : keyFingerprint(key),
    require,
    timestampAnnotations,
  ]);
  return crypto.hash('sha256', given, 'base64');
}

/** An image's digest already fixes its bytes. */
function nameOfSubject(subject: Subject): readonly string[] {
  const bytes = subject.kind === 'image' ? digestOnce('sha256', subject.manifest).toString('base64') : '';
  return [subject.kind, describeSubject(subject), bytes];
}

const NAMES = new WeakMap<TrustedRoot, string>();

/** The document, and what our own reader adds to it: the profile of each certificate authority. A trusted root is frozen. */
export function nameOfTrust(trust: TrustedRoot): string {
  const earlier = NAMES.get(trust);
  if (earlier !== undefined) return earlier;
  const name = crypto.hash(
    'sha256',
    JSON.stringify([trust.original, trust.certificateAuthorities.map(({ profile }) => profile)]),
    'base64',
  );
  NAMES.set(trust, name);
  return name;
}
