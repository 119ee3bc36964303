import type { CandidateFacts } from '../establish/facts.ts';
import type { Statement } from '../evidence/statement.ts';
import { statementOf } from '../evidence/statement-of.ts';
import { parsePredicate } from './parse-predicate.ts';

/** What an attestation says, read from the signed bytes. Exactly as verified as the checks of its candidate say. */
export interface AttestationContent {
  readonly predicateType: string;
  readonly subject: Statement['subject'];
  /** In the shape of its type, if that is known here. */
  readonly predicate: unknown;
}

/**
 * The statement and predicate of a candidate; `undefined` if it is not an attestation, `malformed` if its predicate doesn't have the shape of
 * its type, since two readers could understand such a predicate differently.
 */
export function readAttestation({
  candidate,
}: Pick<CandidateFacts, 'candidate'>): AttestationContent | { readonly malformed: string } | undefined {
  const statement = statementOf(candidate);
  if (statement === undefined) return undefined;
  const { predicateType, subject, predicate } = statement;
  const parsed = parsePredicate(predicateType, predicate);
  return 'malformed' in parsed ? parsed : { predicateType, subject, predicate: parsed.predicate };
}
