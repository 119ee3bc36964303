import { whyUnread } from '../entry/entry-body.ts';
import { searchBody } from '../entry/search-body.ts';
import { readContents } from '../proof/prove-entry.ts';
import { encodeHex } from '@sigtrail/encoding';
import { fingerprintOfPem } from './fingerprint.ts';
import { type DecodeSigner, readSigner } from './read-signer.ts';
import type { EntryEvent, WatchedSigner } from './watch-event.ts';
import type { ExpectedSigner, Target } from './watch-targets.ts';

/** What an entry means to a watcher. */
export interface Match {
  /** Empty for an entry that can't be read and in which nothing that is watched was found. */
  readonly matchedBy: readonly string[];
  readonly signers: readonly WatchedSigner[];
  readonly hashes: readonly string[];
  readonly expected: EntryEvent['expected'];
  /** Why it can't be read, wholly or in part. */
  readonly unread?: string;
}

/**
 * Says which targets an entry belongs to. `led` are the targets whose index search led to it: an entry about an image (`dsse`, `intoto`) has the
 * image only inside its payload, which the log does not keep, so only the index links the two.
 *
 * An entry that can't be read is always reported, and its bytes are searched for everything that is watched.
 */
export async function matchEntry(
  body: Uint8Array,
  led: readonly Target[],
  targets: readonly Target[],
  { expected, decode }: { readonly expected: readonly ExpectedSigner[] | undefined; readonly decode: DecodeSigner },
  call: { readonly signal?: AbortSignal } = {},
): Promise<Match | undefined> {
  const contents = readContents(body);
  const known = contents.kind === 'unknown' ? undefined : contents;
  const hashes = [known?.artifactHash, known?.payloadHash, known?.envelopeHash].flatMap((hash) =>
    hash === undefined ? [] : [`${hash.algorithm}:${encodeHex(hash.digest)}`],
  );
  const verifiers = (known?.signatures ?? []).map(({ verifier }) => verifier);
  const read = verifiers.map((verifier) => readSigner(verifier, decode));
  const signers = read.map(({ signer }) => signer);
  const matching = targets.filter(
    (target) =>
      hashes.some((hash) => target.hashes.has(hash)) ||
      signers.some(
        ({ subjects, fingerprint }) =>
          (target.subject !== undefined && subjects.includes(target.subject)) || target.fingerprint === fingerprint,
      ) ||
      verifiers.some(({ der }) => target.key !== undefined && Buffer.from(der).includes(target.key)),
  );
  const names = [...matching, ...led].map(({ name }) => name);
  const problem = whyUnread(contents) ?? read.find((one) => one.problem !== undefined)?.problem;
  if (problem === undefined && names.length === 0) return undefined;
  const about = { signers, hashes, expected: areExpected(signers, expected) };
  if (problem === undefined) return { matchedBy: [...new Set(names)], ...about };
  const found = await searchBody(
    body,
    targets.map(({ needle }) => needle),
    call.signal === undefined ? {} : { signal: call.signal },
  );
  const unread = found.isComplete ? problem : `${problem}; its content is wrapped too deep for a complete search`;
  return { matchedBy: [...new Set([...names, ...found.names])], ...about, unread };
}

/** An entry without a readable signer has no expected signer. */
function areExpected(
  signers: readonly WatchedSigner[],
  expected: readonly ExpectedSigner[] | undefined,
): Match['expected'] {
  if (expected === undefined) return 'not-asked';
  const isExpected = ({ subjects, issuer, fingerprint }: WatchedSigner): boolean =>
    expected.some((one) =>
      'publicKey' in one
        ? fingerprintOfPem(one.publicKey) === fingerprint
        : subjects.includes(one.subject) && (one.issuer === undefined || one.issuer === issuer),
    );
  return signers.length > 0 && signers.every(isExpected) ? 'yes' : 'no';
}
