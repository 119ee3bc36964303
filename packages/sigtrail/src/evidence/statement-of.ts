import type { Candidate } from './candidate.ts';
import type { Statement } from './statement.ts';

/** The statement of a candidate about its image: the candidate signs it, or signs the attestation manifest that lists it. */
export function statementOf({ content, listed }: Pick<Candidate, 'content' | 'listed'>): Statement | undefined {
  if (listed !== undefined) return listed.statement;
  return content.kind === 'dsse' ? content.statement : undefined;
}
