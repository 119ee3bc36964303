import { candidatePayloads as candidatesOf } from '@sigtrail/rekor';
import { type KnownPayload, simpleSigningPayload, statementPayload } from './known-payload.ts';

/** What cosign would sign for an image, in the form that entries are recognised by. */
export function candidatePayloads(digest: string, repository: string): readonly KnownPayload[] {
  return candidatesOf(digest, repository)
    .map(({ kind, bytes }) => (kind === 'statement' ? statementPayload(bytes) : simpleSigningPayload(bytes)))
    .filter((payload) => payload !== undefined);
}
