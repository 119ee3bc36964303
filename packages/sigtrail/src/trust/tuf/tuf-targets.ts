import { createHash } from 'node:crypto';
import type * as Models from '@tufjs/models';
import type { TufSet } from './tuf-state.ts';
import {
  assertUnexpired,
  type FetchFile,
  parseDocument,
  parseOrNothing,
  type Signed,
  type TufModels,
  type TufSource,
} from './tuf-document.ts';

// A trusted root has about 10 kB; this client is not for larger targets.
const MAX_TARGET_BYTES = 512 * 1024;
const MAX_TARGETS_BYTES = 5_000_000;
const MAX_DELEGATIONS = 32;

/** A target with every document on the way to it. */
export interface OpenedTarget {
  readonly bytes: Buffer;
  readonly targets: ReadonlyMap<string, Buffer>;
  readonly documents: readonly { readonly expires: string }[];
}

interface Opening {
  readonly models: TufModels;
  readonly source: TufSource;
  readonly root: Signed<Models.Root>;
  readonly snapshot: Signed<Models.Snapshot>;
  readonly kept?: TufSet;
  readonly fetch?: FetchFile;
}

/** §5.6–5.7: walks the targets roles in preorder, each under its delegator, up to the first that names the target. */
export async function openTarget(opening: Opening): Promise<OpenedTarget> {
  const { source, root } = opening;
  const targets = new Map<string, Buffer>();
  const documents: Models.Targets[] = [];
  const seen = new Set<string>();
  const toVisit: { readonly role: string; readonly parent: Signed<Models.Root | Models.Targets> }[] = [
    { role: 'targets', parent: root },
  ];
  for (let next = toVisit.pop(); next !== undefined && seen.size < MAX_DELEGATIONS; next = toVisit.pop()) {
    const { role, parent } = next;
    if (seen.has(role)) continue;
    seen.add(role);
    const { bytes, document } = await openRole(opening, role, parent);
    targets.set(role, bytes);
    documents.push(document.signed);
    const info = Object.hasOwn(document.signed.targets, source.target)
      ? document.signed.targets[source.target]
      : undefined;
    if (info !== undefined) return { bytes: await readTarget(opening, info), targets, documents };
    const children: { role: string; parent: Signed<Models.Targets> }[] = [];
    for (const { role: child, terminating } of document.signed.delegations?.rolesForTarget(source.target) ?? []) {
      children.push({ role: child, parent: document });
      if (!terminating) continue;
      toVisit.length = 0;
      break;
    }
    toVisit.push(...children.toReversed());
  }
  throw new Error(`the repository has no target ${source.target}`);
}

async function openRole(
  { models, source, root, snapshot, kept, fetch }: Opening,
  role: string,
  parent: Signed<Models.Root | Models.Targets>,
): Promise<{ readonly bytes: Buffer; readonly document: Signed<Models.Targets> }> {
  const file = `${role}.json`;
  const meta = Object.hasOwn(snapshot.signed.meta, file) ? snapshot.signed.meta[file] : undefined;
  if (meta === undefined) throw new Error(`snapshot.json does not name ${file}`);
  const verified = (bytes: Buffer): { bytes: Buffer; document: Signed<Models.Targets> } => {
    meta.verify(bytes);
    const document = parseDocument(models, 'targets', bytes);
    parent.verifyDelegate(role, document);
    if (document.signed.version !== meta.version)
      throw new Error(`${file} has version ${document.signed.version}; snapshot.json names ${meta.version}`);
    assertUnexpired(role, document.signed, source.now);
    return { bytes, document };
  };
  const before = kept?.targets.get(role);
  const known = before === undefined ? undefined : parseOrNothing(() => verified(before));
  if (known !== undefined) return known;
  if (fetch === undefined) throw new Error(`the kept ${file} does not verify`);
  const name = `${root.signed.consistentSnapshot ? `${meta.version}.` : ''}${encodeURIComponent(role)}.json`;
  const bytes = await fetch(`${source.mirror}/${name}`, meta.length ?? MAX_TARGETS_BYTES);
  if (bytes === undefined) throw new Error(`the mirror has no ${name}, which its snapshot.json names`);
  return verified(bytes);
}

async function readTarget({ source, root, kept, fetch }: Opening, info: Models.TargetFile): Promise<Buffer> {
  if (kept !== undefined && isTarget(kept.target, info)) return kept.target;
  if (fetch === undefined) throw new Error('the kept target is not the one that the repository signed');
  if (info.length > MAX_TARGET_BYTES) throw new Error(`the target is larger than ${MAX_TARGET_BYTES} bytes`);
  const bytes = await fetch(targetAddress(source.mirror, info, root.signed.consistentSnapshot), info.length);
  if (bytes === undefined) throw new Error(`the mirror has no target ${info.path}, which its targets.json names`);
  if (!isTarget(bytes, info)) throw new Error('the target’s bytes are not the ones that the repository signed');
  return bytes;
}

/** Are these the bytes that the repository signed? At least one supported hash, and all supported hashes, must match. */
function isTarget(bytes: Uint8Array, { length, hashes }: Pick<Models.TargetFile, 'length' | 'hashes'>): boolean {
  const knownHashes = Object.entries(hashes).filter(([name]) => name === 'sha256' || name === 'sha512');
  return (
    bytes.length === length &&
    knownHashes.length > 0 &&
    knownHashes.every(([name, hex]) => createHash(name).update(bytes).digest('hex') === hex)
  );
}

/** The address of a target: with consistent snapshots its hash is part of its name (§6.2). */
function targetAddress(mirror: string, { path, hashes }: Models.TargetFile, consistentSnapshot: boolean): string {
  const parts = path.split('/').map(encodeURIComponent);
  const name = parts.pop() ?? '';
  const prefix = consistentSnapshot ? `${hashes['sha256'] ?? Object.values(hashes)[0] ?? ''}.` : '';
  return `${mirror}/targets/${[...parts, `${prefix}${name}`].join('/')}`;
}
