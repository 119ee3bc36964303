import type { Candidate } from '../evidence/candidate.ts';
import type { Check } from '../report/report.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';

/** Did the signer sign for this name? Repositories of different owners may hold images with the same digest. */
export async function checkName(
  { content }: Candidate,
  { subject, name: wanted, withoutChecks }: Pick<EstablishContext, 'subject' | 'name' | 'withoutChecks'>,
): Promise<readonly Check[]> {
  if (wanted === undefined || subject.kind !== 'image') return [];
  const { expected } = wanted;
  const record = createRecorder(withoutChecks);
  const name =
    content.kind === 'simple-signing'
      ? content.claims.dockerReference
      : content.kind === 'dsse'
        ? content.statement?.subject.find((named) =>
            Object.entries(named.digest).some(([algorithm, hex]) => `${algorithm}:${hex}` === subject.digest),
          )?.name
        : undefined;
  if (name === undefined || name === '') {
    record.fail('signed-name', 'signed-name-missing', 'the signature names no repository', {
      expected,
      actual: 'none',
    });
    return record.checks;
  }
  let fits: boolean;
  try {
    fits = wanted.fits(name);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    record.unknown('signed-name', 'callback-threw', `the function that checks the name failed: ${why}`, {
      expected,
      actual: name,
    });
    return record.checks;
  }
  if (fits) record.pass('signed-name', 'it was signed for this name', { expected, actual: name });
  else
    record.fail('signed-name', 'signed-name-mismatch', 'it was signed for a different name', {
      expected,
      actual: name,
    });
  return record.checks;
}
