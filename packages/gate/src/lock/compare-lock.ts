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

/** Compares what was verified now with what was locked. None of the signers that were locked signed it: that is another signer. */
export function compareLock(
  name: string,
  locked: LockedImage | undefined,
  now: LockedImage,
): readonly LockDifference[] {
  if (locked === undefined) return [{ code: 'not-locked', message: `${name} is not in the lock`, isRefused: false }];
  const isKnown = now.signers.some((signer) => locked.signers.includes(signer));
  return [
    ...(isKnown
      ? []
      : [
          {
            code: 'signer-changed',
            message: `signer changed since the lock: was ${locked.signers.join(' and ')}, is ${now.signers.join(' and ')}`,
            isRefused: true,
          } as const,
        ]),
    ...(locked.provenance && !now.provenance
      ? [
          {
            code: 'lost-provenance',
            message: 'had SLSA provenance when it was locked, and has none that is proven now',
            isRefused: true,
          } as const,
        ]
      : []),
    ...(locked.digest === now.digest
      ? []
      : [
          {
            code: 'moved-tag',
            message: `the tag moved since the lock, from ${locked.digest} to ${now.digest}`,
            isRefused: false,
          } as const,
        ]),
  ];
}
