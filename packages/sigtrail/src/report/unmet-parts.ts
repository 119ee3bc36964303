import type { PolicyOutcome, Problem } from './report.ts';

/** What keeps a policy undecided: the reasons of its innermost unknown parts. A callback that rightly was not asked is not a reason. */
export function openQuestions(outcome: PolicyOutcome): readonly Problem[] {
  const { kind, status, of = [], why } = outcome;
  if (status !== 'unknown') return [];
  if (kind === 'all-of' || kind === 'any-of' || kind === 'not') return of.flatMap(openQuestions);
  return why === undefined || why.code === 'not-asked'
    ? []
    : [{ code: why.code, message: `${outcome.path}: ${why.message}` }];
}

/** The innermost parts that keep a policy from holding; each says why. */
export function unmetParts(outcome: PolicyOutcome): readonly PolicyOutcome[] {
  const { kind, status, of = [], why } = outcome;
  if (status === 'satisfied' || why?.code === 'not-asked') return [];
  if (kind === 'all-of' || kind === 'any-of') {
    const decisive = of.filter((one) => one.status === status).flatMap(unmetParts);
    return decisive.length === 0 ? [outcome] : decisive;
  }
  return [outcome];
}
