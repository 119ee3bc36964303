import type { CandidateFacts } from '../establish/facts.ts';

/** The statement of an attestation, from the very bytes that were signed. */
export function statementOf({
  candidate,
}: CandidateFacts): { readonly predicateType: string; readonly predicate: unknown } | undefined {
  return candidate.content.kind === 'dsse' ? candidate.content.statement : undefined;
}
