import { optionError } from '@sigtrail/encoding';
import { parseManyOptions } from '../parse-call-options.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { Session } from '../session.ts';
import type { ImageOutcome, ManyOptions, PolicyFor } from './image-outcome.ts';

type Outcomes = AsyncGenerator<ImageOutcome<ImageReport | PlatformsReport>, void, undefined>;

/** `verifyMany` in a session that is open already. Mistakes are found at once; everything else happens from the first step of the loop on. @throws TypeError */
export function verifyManyIn(
  session: Session,
  references: Iterable<string> | AsyncIterable<string>,
  policyFor: PolicyFor,
  options: ManyOptions = {},
): Outcomes {
  // A string is iterable, too: over its characters.
  if (typeof references !== 'object' || references === null || !isIterable(references))
    throw optionError('invalid-option', '"references" must be a list of references, or another iterable of strings');
  if (typeof policyFor !== 'function')
    throw optionError('invalid-option', '"policyFor" must be a function that returns the policy for an image');
  return loadAndEvaluate(session, references, policyFor, parseManyOptions(options));
}

async function* loadAndEvaluate(...question: Parameters<typeof verifyManyIn>): Outcomes {
  const { evaluateMany } = await import('./evaluate-many.ts');
  const [session, references, policyFor, options = {}] = question;
  yield* evaluateMany(session, references, policyFor, options);
}

function isIterable(value: object): boolean {
  return [Symbol.iterator, Symbol.asyncIterator].some((name) => typeof Reflect.get(value, name) === 'function');
}
