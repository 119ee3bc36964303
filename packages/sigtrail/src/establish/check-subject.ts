import type { Candidate } from '../evidence/candidate.ts';
import { IN_TOTO } from '../evidence/dsse.ts';
import type { Statement, StatementSubject } from '../evidence/statement.ts';
import type { Check } from '../report/report.ts';
import type { EstablishContext } from './facts.ts';
import { describeSubject, digestOfSubject, type Subject } from './subject.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/** The result for a candidate's subject. */
export interface SubjectChecked {
  /** The signed annotations of the subject that matched. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
}

/** Does the signed payload name this very digest? Tags and a referrer's `subject` are leads, never proof. */
export async function checkSubject(
  candidate: Candidate,
  { subject, withoutChecks }: Pick<EstablishContext, 'subject' | 'withoutChecks'>,
): Promise<SubjectChecked> {
  const record = createRecorder(withoutChecks);
  const annotations = compareSubject(candidate, subject, record) ?? {};
  return { annotations, checks: record.checks };
}

function compareSubject(
  candidate: Candidate,
  subject: Subject,
  record: Recorder,
): Readonly<Record<string, string>> | undefined {
  const { content } = candidate;
  switch (content.kind) {
    case 'simple-signing': {
      const expected = subject.kind === 'image' ? subject.digest : 'an image';
      const actual = content.claims.manifestDigest;
      if (subject.kind !== 'image' || actual !== expected) {
        record.fail('subject', 'subject-mismatch', 'the signed payload names a different image', { expected, actual });
        return undefined;
      }
      record.pass('subject', 'the signed payload names this image', { expected, actual });
      return textOf(content.claims.optional);
    }
    case 'dsse':
      return checkStatement(candidate, subject, record);
    case 'message': {
      const expected = digestOfSubject(subject, content.algorithm)?.toString('hex');
      const actual = Buffer.from(content.digest).toString('hex');
      if (expected !== actual) {
        record.fail('subject', 'subject-mismatch', 'the bundle’s message digest belongs to other bytes', {
          expected: `${content.algorithm}:${expected}`,
          actual: `${content.algorithm}:${actual}`,
        });
        return undefined;
      }
      record.pass('subject', 'the bundle’s message digest is that of these bytes', {
        expected: `${content.algorithm}:${expected}`,
        actual: `${content.algorithm}:${actual}`,
      });
      return {};
    }
  }
}

function checkStatement(
  candidate: Candidate,
  subject: Subject,
  record: Recorder,
): Readonly<Record<string, string>> | undefined {
  const { content } = candidate;
  if (content.kind !== 'dsse') return undefined;
  if (content.statement === undefined) {
    record.fail('payload-type', 'payload-type', 'the envelope’s payload type says nothing about an artifact', {
      expected: IN_TOTO,
      actual: content.payloadType,
    });
    return undefined;
  }
  record.pass('payload-type', 'the envelope holds an in-toto statement', {
    expected: IN_TOTO,
    actual: content.payloadType,
  });
  const expected = describeSubject(subject);
  const { is, match, actual } = findSubject(content.statement, subject);
  if (is === 'contradictory') {
    record.fail(
      'subject',
      'subject-mismatch',
      'a subject names this artifact by one digest and a different artifact by another digest',
      { expected, actual },
    );
    return undefined;
  }
  if (match === undefined) {
    record.fail('subject', 'subject-mismatch', 'no subject of the signed statement is this artifact', {
      expected,
      actual,
    });
    return undefined;
  }
  record.pass('subject', 'a subject of the signed statement is this artifact', { expected, actual: expected });
  return textOf(match.annotations);
}

/** Finds the subject of a statement that is this artifact, or says what its subjects are instead. */
export function findSubject(
  { subject: subjects }: Statement,
  subject: Subject,
): { readonly is: 'same' | 'other' | 'contradictory'; readonly match?: StatementSubject; readonly actual: string } {
  const compared = subjects.map((candidate) => ({ one: candidate, is: compareDigests(candidate.digest, subject) }));
  const match = compared.find(({ is }) => is === 'same')?.one;
  if (match !== undefined) return { is: 'same', match, actual: describeSubject(subject) };
  if (compared.some(({ is }) => is === 'contradictory'))
    return { is: 'contradictory', actual: 'digests of different artifacts' };
  const actual = subjects
    .slice(0, 3)
    .map(({ digest }) => Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`)[0] ?? 'none')
    .join(', ');
  return { is: 'other', actual };
}

/** Readers differ in which digest of a subject they compare, so a subject with digests of two artifacts would mean a different artifact to each. */
function compareDigests(
  digest: Readonly<Record<string, string>>,
  subject: Subject,
): 'same' | 'other' | 'contradictory' {
  const answers = (['sha256', 'sha384', 'sha512'] as const).flatMap((algorithm) => {
    const named = Object.hasOwn(digest, algorithm) ? digest[algorithm] : undefined;
    const computed = named === undefined ? undefined : digestOfSubject(subject, algorithm)?.toString('hex');
    return computed === undefined ? [] : [named === computed];
  });
  if (!answers.includes(true)) return 'other';
  return answers.includes(false) ? 'contradictory' : 'same';
}

/** Annotations are compared as text (cosign); values of other types are left out. */
function textOf(annotations: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
