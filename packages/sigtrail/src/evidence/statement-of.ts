import type { Candidate } from './candidate.ts';
import type { Statement } from './statement.ts';

/** What a candidate states about its image: a statement that it signs, or one that the attestation manifest lists that it signs. */
export function statementOf({ content, listed }: Pick<Candidate, 'content' | 'listed'>): Statement | undefined {
  if (listed !== undefined) return listed.statement;
  return content.kind === 'dsse' ? content.statement : undefined;
}
