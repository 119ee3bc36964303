import type { LockedImage } from './lock-file.ts';

/** How an image differs from what was locked. */
export interface LockDifference {
  readonly code: 'signer-changed' | 'lost-provenance' | 'moved-tag' | 'not-locked' | 'not-lockable';
  readonly message: string;
  /** It must not run before a person has looked at it. */
  readonly isRefused: boolean;
}

/** An image that was verified for some platforms of an index that isn't signed itself: no one digest stands for it. */
export const NOT_LOCKABLE: LockDifference = {
  code: 'not-lockable',
  message: "can't be locked: its index isn't signed itself, so there is no digest to lock",
  isRefused: true,
};

/** An image whose attestations couldn't be read: a lock that says "no provenance" would hold it to nothing from then on. */
export const UNREAD_PROVENANCE: LockDifference = {
  code: 'not-lockable',
  message:
    "can't be locked: a place where its provenance could be wasn't readable, and none was found elsewhere; run again",
  isRefused: true,
};

/** Compares what was verified now with what was locked. Of several signers one that is known is enough, for the signatures and for the provenance. */
export function compareLock(
  name: string,
  locked: LockedImage | undefined,
  now: LockedImage,
): readonly LockDifference[] {
  if (locked === undefined) return [{ code: 'not-locked', message: `${name} is not in the lock`, isRefused: false }];
  const differences: LockDifference[] = [];
  if (isAnotherSigner(locked.signers, now.signers))
    differences.push({
      code: 'signer-changed',
      message: `signer changed since the lock: was ${joined(locked.signers)}, is ${joined(now.signers)}`,
      isRefused: true,
    });
  if (locked.provenance.length > 0 && isAnotherSigner(locked.provenance, now.provenance))
    differences.push({
      code: 'lost-provenance',
      message: `had SLSA provenance by ${joined(locked.provenance)} when it was locked, and ${
        now.provenance.length === 0 ? 'has none that is proven' : `only has that by ${joined(now.provenance)}`
      } now`,
      isRefused: true,
    });
  if (locked.digest !== now.digest)
    differences.push({
      code: 'moved-tag',
      message: `the tag moved since the lock, from ${locked.digest} to ${now.digest}`,
      isRefused: false,
    });
  return differences;
}

function isAnotherSigner(locked: readonly string[], now: readonly string[]): boolean {
  return !now.some((signer) => locked.includes(signer));
}

function joined(signers: readonly string[]): string {
  return signers.join(' and ');
}
