import type { LogEntryBody } from '../entry/entry-body.ts';
import { encodeHex } from '@sigtrail/encoding';
import { fingerprintOfPem } from './fingerprint.ts';
import { type DecodeSigner, readSigner } from './read-signer.ts';
import type { EntryEvent, WatchedSigner } from './watch-event.ts';
import type { ExpectedSigner, Target } from './watch-targets.ts';

/** What an entry is to a watcher. */
export interface Match {
  readonly matchedBy: readonly string[];
  readonly signers: readonly WatchedSigner[];
  readonly hashes: readonly string[];
  readonly expected: EntryEvent['expected'];
}

/**
 * Says which targets an entry is of. `led` are those whose question to the index led to it: an entry about an image (`dsse`, `intoto`) has the
 * image only inside its payload, which the log does not keep, so there the index's word is all there is.
 */
export function matchEntry(
  body: LogEntryBody,
  led: readonly Target[],
  targets: readonly Target[],
  { expected, decode }: { readonly expected: readonly ExpectedSigner[] | undefined; readonly decode: DecodeSigner },
): Match | undefined {
  const known = body.kind === 'unknown' ? undefined : body;
  const hashes = [known?.artifactHash, known?.payloadHash, known?.envelopeHash].flatMap((hash) =>
    hash === undefined ? [] : [`${hash.algorithm}:${encodeHex(hash.digest)}`],
  );
  const signers = (known?.signatures ?? []).map(({ verifier }) => readSigner(verifier, decode));
  const matching = targets.filter(
    (target) =>
      hashes.some((hash) => target.hashes.has(hash)) ||
      signers.some(
        ({ subjects, fingerprint }) =>
          (target.subject !== undefined && subjects.includes(target.subject)) || target.fingerprint === fingerprint,
      ),
  );
  const matchedBy = [...new Set([...matching, ...led].map(({ name }) => name))];
  if (matchedBy.length === 0) return undefined;
  return { matchedBy, signers, hashes, expected: judge(signers, expected) };
}

/** Nobody who could be read is nobody who is expected. */
function judge(signers: readonly WatchedSigner[], expected: readonly ExpectedSigner[] | undefined): Match['expected'] {
  if (expected === undefined) return 'not-asked';
  const isExpected = ({ subjects, issuer, fingerprint }: WatchedSigner): boolean =>
    expected.some((one) =>
      'publicKey' in one
        ? fingerprintOfPem(one.publicKey) === fingerprint
        : subjects.includes(one.subject) && (one.issuer === undefined || one.issuer === issuer),
    );
  return signers.length > 0 && signers.every(isExpected) ? 'yes' : 'no';
}
