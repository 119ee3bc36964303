import { namesOfCommonJs } from '@sigtrail/encoding/common-js';
import type * as Models from '@tufjs/models';
import {
  assertUnexpired,
  type FetchFile,
  parseDocument,
  parseOrNothing,
  type Signed,
  type TufModels,
  type TufSource,
} from './tuf-document.ts';
import type { TufSet, TufState } from './tuf-state.ts';
import { openTarget, type OpenedTarget } from './tuf-targets.ts';

/** A target, and the earliest expiry among the documents that it rests on. */
export interface TufTarget {
  readonly bytes: Buffer;
  readonly expires: Date;
}

// The limits of tuf-js and python-tuf.
const MAX_ROOT_BYTES = 512_000;
const MAX_TIMESTAMP_BYTES = 16_384;
const MAX_SNAPSHOT_BYTES = 2_000_000;
const MAX_ROTATIONS = 256;

/**
 * The client workflow of the TUF specification §5.3–5.7 over the signed documents of `@tufjs/models`, with our own transport, clock and
 * storage. `learned` is called as soon as something is verified, so that a refresh that fails half-way forgets nothing.
 *
 * @throws Error that names the document and what is wrong with it: signatures, versions, expiry, lengths, hashes
 */
export async function refreshTarget(
  source: TufSource,
  state: TufState,
  fetch: FetchFile,
  learned: (state: TufState) => void,
): Promise<TufTarget> {
  const models = namesOfCommonJs(await import('@tufjs/models'));
  const { root, kept } = await walkRoots(models, source, state.roots, fetch, (roots) => learned({ ...state, roots }));
  const known = parseOrNothing(() => verifiedTimestamp(models, root, state.newestTimestamp ?? state.set?.timestamp));
  const timestamp = await newTimestamp(models, source, root, known, fetch);
  const announced: TufState = { ...state, roots: kept, newestTimestamp: timestamp.bytes };
  learned(announced);
  const opened = await openSet(models, source, root, timestamp, { kept: state.set, fetch });
  learned({ ...announced, set: opened.set, refreshedAt: source.now });
  return opened.target;
}

/**
 * The target in the state, verified again from the caller's root. No mirror is asked.
 *
 * @throws Error if anything in it does not verify, or has expired
 */
export async function keptTarget(source: TufSource, { roots, set }: TufState): Promise<TufTarget | undefined> {
  if (set === undefined) return undefined;
  const models = namesOfCommonJs(await import('@tufjs/models'));
  const { root } = await walkRoots(models, source, roots);
  const timestamp = verifiedTimestamp(models, root, set.timestamp);
  if (timestamp === undefined) return undefined;
  return (await openSet(models, source, root, timestamp, { kept: set })).target;
}

/** A document that verified, and its bytes. */
interface Verified<T extends Models.Timestamp | Models.Snapshot> {
  readonly document: Signed<T>;
  readonly bytes: Buffer;
}

/** §5.3: every next root must be signed by the previous root and by itself. A cached root that isn't is dropped, with all later ones. */
export async function walkRoots(
  models: TufModels,
  { mirror, root: given }: Pick<TufSource, 'mirror' | 'root'>,
  knownRoots: readonly Buffer[],
  fetch?: FetchFile,
  learned?: (roots: readonly Buffer[]) => void,
): Promise<{ readonly root: Signed<Models.Root>; readonly kept: readonly Buffer[] }> {
  let root = parseDocument(models, 'root', given);
  root.verifyDelegate('root', root);
  const kept: Buffer[] = [];
  const follow = (bytes: Buffer): void => {
    const next = parseDocument(models, 'root', bytes);
    root.verifyDelegate('root', next);
    next.verifyDelegate('root', next);
    const expected = root.signed.version + 1;
    if (next.signed.version !== expected)
      throw new Error(`root.json has version ${next.signed.version}, not ${expected}`);
    root = next;
    kept.push(bytes);
  };
  // If the caller gives a newer root than last time, its successors are further down the list.
  for (const bytes of knownRoots) {
    if (versionOf(models, bytes) <= root.signed.version) continue;
    if (parseOrNothing(() => (follow(bytes), true)) === undefined) break;
  }
  if (fetch === undefined) return { root, kept };
  for (let rotations = 0; ; rotations++) {
    if (rotations === MAX_ROTATIONS) throw new Error(`the mirror has more than ${MAX_ROTATIONS} new roots`);
    const bytes = await fetch(`${mirror}/${root.signed.version + 1}.root.json`, MAX_ROOT_BYTES);
    if (bytes === undefined) return { root, kept };
    follow(bytes);
    learned?.([...kept]);
  }
}

/** §5.4: never older than a timestamp that verified before; the same version means the same document. */
async function newTimestamp(
  models: TufModels,
  { mirror, now }: TufSource,
  root: Signed<Models.Root>,
  known: Verified<Models.Timestamp> | undefined,
  fetch: FetchFile,
): Promise<Verified<Models.Timestamp>> {
  if (root.signed.isExpired(now)) throw new Error('root.json has expired');
  const bytes = await fetch(`${mirror}/timestamp.json`, MAX_TIMESTAMP_BYTES);
  if (bytes === undefined) throw new Error('the mirror has no timestamp.json');
  const fresh = verifiedTimestamp(models, root, bytes);
  if (fresh === undefined) throw new Error('the mirror has no timestamp.json');
  if (known === undefined) return fresh;
  const [latest, before] = [fresh.document.signed, known.document.signed];
  if (latest.version < before.version)
    throw new Error(`timestamp.json went back from version ${before.version} to ${latest.version}`);
  if (latest.version === before.version) return known;
  if (latest.snapshotMeta.version < before.snapshotMeta.version)
    throw new Error(
      `timestamp.json names snapshot ${latest.snapshotMeta.version} after ${before.snapshotMeta.version}: it went back`,
    );
  return fresh;
}

/** A timestamp that this root's key signed. @throws Error */
export function verifiedTimestamp(
  models: TufModels,
  root: Signed<Models.Root>,
  bytes: Buffer | undefined,
): Verified<Models.Timestamp> | undefined {
  if (bytes === undefined) return undefined;
  const document = parseDocument(models, 'timestamp', bytes);
  root.verifyDelegate('timestamp', document);
  return { document, bytes };
}

interface SetSources {
  readonly kept: TufSet | undefined;
  readonly fetch?: FetchFile;
}

/** §5.5–5.7, under one timestamp: snapshot, targets, target. */
async function openSet(
  models: TufModels,
  source: TufSource,
  root: Signed<Models.Root>,
  timestamp: Verified<Models.Timestamp>,
  { kept, fetch }: SetSources,
): Promise<{ readonly target: TufTarget; readonly set: TufSet }> {
  assertUnexpired('root', root.signed, source.now);
  assertUnexpired('timestamp', timestamp.document.signed, source.now);
  const snapshot = await openSnapshot(models, source, root, timestamp.document, { kept, fetch });
  const opened: OpenedTarget = await openTarget({
    models,
    source,
    root,
    snapshot: snapshot.document,
    ...(kept === undefined ? {} : { kept }),
    ...(fetch === undefined ? {} : { fetch }),
  });
  const expires = [root.signed, timestamp.document.signed, snapshot.document.signed, ...opened.documents].map(
    ({ expires: text }) => Date.parse(text),
  );
  return {
    target: { bytes: opened.bytes, expires: new Date(Math.min(...expires)) },
    set: { timestamp: timestamp.bytes, snapshot: snapshot.bytes, targets: opened.targets, target: opened.bytes },
  };
}

async function openSnapshot(
  models: TufModels,
  { mirror, now }: TufSource,
  root: Signed<Models.Root>,
  timestamp: Signed<Models.Timestamp>,
  { kept, fetch }: { readonly kept: TufSet | undefined; readonly fetch: FetchFile | undefined },
): Promise<Verified<Models.Snapshot>> {
  const meta = timestamp.signed.snapshotMeta;
  const verified = (bytes: Buffer): Verified<Models.Snapshot> => {
    meta.verify(bytes);
    const document = parseDocument(models, 'snapshot', bytes);
    root.verifyDelegate('snapshot', document);
    if (document.signed.version !== meta.version)
      throw new Error(`snapshot.json has version ${document.signed.version}; timestamp.json names ${meta.version}`);
    assertUnexpired('snapshot', document.signed, now);
    return { document, bytes };
  };
  const before = kept === undefined ? undefined : parseOrNothing(() => verified(kept.snapshot));
  if (before !== undefined) return before;
  if (fetch === undefined) throw new Error('the kept snapshot.json does not verify');
  const name = root.signed.consistentSnapshot ? `${meta.version}.snapshot.json` : 'snapshot.json';
  const bytes = await fetch(`${mirror}/${name}`, meta.length ?? MAX_SNAPSHOT_BYTES);
  if (bytes === undefined) throw new Error(`the mirror has no ${name}, which its timestamp.json names`);
  const fresh = verified(bytes);
  // §5.5.5: no document that the last snapshot named may disappear or go back to an earlier version.
  const known = kept === undefined ? undefined : parseOrNothing(() => rolledFrom(models, root, kept.snapshot));
  for (const [file, { version }] of Object.entries(known?.signed.meta ?? {})) {
    const next = fresh.document.signed.meta[file]?.version;
    if (next === undefined || next < version)
      throw new Error(`snapshot.json goes back: ${file} was version ${version} and is ${next ?? 'gone'}`);
  }
  return fresh;
}

/** The last snapshot, if its signature still counts: after the key was replaced, a mirror may start over (§5.3.11). */
function rolledFrom(models: TufModels, root: Signed<Models.Root>, bytes: Buffer): Signed<Models.Snapshot> {
  const document = parseDocument(models, 'snapshot', bytes);
  root.verifyDelegate('snapshot', document);
  return document;
}

function versionOf(models: TufModels, bytes: Buffer): number {
  return parseOrNothing(() => parseDocument(models, 'root', bytes).signed.version) ?? Infinity;
}
