import type { ImageInspection } from 'sigtrail';
import { compareLock, type LockDifference } from '../lock/compare-lock.ts';
import { lockedImage } from '../lock/locked-image.ts';
import type { GateLock, LockedImage } from '../lock/lock-file.ts';
import { normalName } from '../find/found-image.ts';
import type { GateEntry, GateReport } from './gate-report.ts';

/** What holding a run against a lock gives. */
export interface LockedRun {
  readonly report: GateReport;
  /** The lock with what is new in it. What was refused keeps what the lock says. */
  readonly lock: GateLock;
}

/** How a lock is used. */
export interface LockOptions {
  /** Take what is verified now, whatever the lock says. */
  readonly isUpdated: boolean;
  /** What the lock does not have yet, or has otherwise, fails: for a build that must not change it. */
  readonly isFixed: boolean;
  readonly inspect: (reference: string) => Promise<ImageInspection>;
}

/** Compares each verified image with the lock: another signer, or lost provenance, is refused. */
export async function applyLock(report: GateReport, lock: GateLock, options: LockOptions): Promise<LockedRun> {
  const current = await currentImages(report, options);
  const names = lockNames(report);
  const differences = new Map<string, readonly LockDifference[]>();
  const images: Record<string, LockedImage> = { ...lock.images };
  for (const [image, now] of current) {
    if ('code' in now) {
      differences.set(image, [now]);
      continue;
    }
    const name = names.get(image) ?? image;
    // What this run added counts, too: two digests under one tag are held against each other.
    const before = Object.hasOwn(images, name) ? images[name] : undefined;
    const found = compareLock(name, before, now).map((one) => ({
      ...one,
      isRefused: !options.isUpdated && (one.isRefused || options.isFixed),
    }));
    differences.set(image, found);
    const isNew = before === undefined;
    if (isNew || options.isUpdated) images[name] = now;
  }
  const entries = report.entries.map((entry) => withLock(entry, differences.get(entry.image ?? '') ?? []));
  const passes = report.problems.length === 0 && entries.every((entry) => entry.passes);
  return { report: { ...report, entries, verdict: passes ? 'passed' : 'failed' }, lock: { version: 1, images } };
}

/** By the name in reports, the name in the lock: the tag without its digest, so that the lock still knows an image whose pin is renewed. */
function lockNames({ entries }: GateReport): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap(({ found, image }) => {
      if (found.outcome !== 'image' || image === undefined || found.reference.tag === undefined) return [];
      const { digest: _, ...tagged } = found.reference;
      return [[image, normalName(tagged)] as const];
    }),
  );
}

/** What was verified, to be locked, or why it can't be. */
async function currentImages(
  report: GateReport,
  { inspect }: LockOptions,
): Promise<ReadonlyMap<string, LockedImage | LockDifference>> {
  const current = new Map<string, LockedImage | LockDifference>();
  for (const [name, one] of Object.entries(report.reports))
    if (one.verdict === 'verified') current.set(name, await lockedImage(one, inspect));
  return current;
}

function withLock(entry: GateEntry, lock: readonly LockDifference[]): GateEntry {
  if (lock.length === 0 || entry.verdict !== 'verified') return entry;
  const refused = lock.find(({ isRefused }) => isRefused);
  if (refused === undefined) return { ...entry, lock };
  const { digest: _, ...rest } = entry;
  return {
    ...rest,
    lock,
    verdict: 'rejected',
    passes: entry.mode === 'warn',
    code: refused.code,
    message: refused.message,
  };
}
