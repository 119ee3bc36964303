import type { Candidate } from '../evidence/candidate.ts';
import type { ListedStatement } from '../evidence/listed-statement.ts';
import { isOf } from '../evidence/read-listed.ts';
import { COSIGN_SIGN_PREDICATE } from '../evidence/statement.ts';
import type { Check } from '../report/report.ts';
import { findSubject } from './check-subject.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { describeSubject } from './subject.ts';

/**
 * Does the attestation manifest that was signed list the statement, and is the statement about this manifest? The signature covers the bytes of the attestation
 * manifest (`checkSubject`), those hold the digest of the statement, and the statement names the manifest: that chain of hashes is the proof. Annotations prove
 * nothing, and neither does what an index or a referrer says about any of the three.
 */
export function checkListed(
  { content, listed }: Candidate,
  { about, withoutChecks }: Pick<EstablishContext, 'about' | 'withoutChecks'>,
): readonly Check[] {
  if (listed === undefined) return [];
  const record = createRecorder(withoutChecks);
  checkIsSigned(content, record);
  checkIsListed(listed, record);
  checkIsAbout(listed, about, record);
  return record.checks;
}

/** An attestation about the attestation manifest says something about it, but doesn't sign it. */
function checkIsSigned(content: Candidate['content'], record: Recorder): void {
  if (content.kind !== 'dsse') return;
  const actual = content.statement?.predicateType ?? content.payloadType;
  if (actual === COSIGN_SIGN_PREDICATE) return;
  record.fail(
    'attestation-manifest',
    'attestation-not-signature',
    'this is an attestation about the attestation manifest, not a signature of it',
    { expected: COSIGN_SIGN_PREDICATE, actual },
  );
}

function checkIsListed({ manifest, digest, bytes }: ListedStatement, record: Recorder): void {
  const isWhole = isOf(manifest.bytes, manifest.digest) && isOf(bytes, digest);
  const extras = { expected: digest, actual: manifest.lists.join(', ') };
  if (isWhole && manifest.lists.includes(digest))
    record.pass('attestation-manifest', 'the attestation manifest lists this statement', { ...extras, actual: digest });
  else
    record.fail(
      'attestation-manifest',
      'attestation-manifest-mismatch',
      'the attestation manifest does not list this statement',
      extras,
    );
}

function checkIsAbout({ statement }: ListedStatement, about: EstablishContext['about'], record: Recorder): void {
  const expected = about === undefined ? 'a manifest' : describeSubject(about);
  const { is, actual } = about === undefined ? { is: 'other', actual: 'none' } : findSubject(statement, about);
  const extras = { expected, actual: is === 'same' ? expected : actual };
  switch (is) {
    case 'same':
      record.pass('statement-subject', 'a subject of the statement is this manifest', extras);
      return;
    case 'contradictory':
      record.fail(
        'statement-subject',
        'subject-mismatch',
        'a subject of the statement names this manifest by one digest and a different manifest by another digest',
        extras,
      );
      return;
    default:
      record.fail('statement-subject', 'subject-mismatch', 'no subject of the statement is this manifest', extras);
  }
}
