import type { KeyObject } from 'node:crypto';
import type { Subject } from '../establish/subject.ts';
import type { OriginalSignature } from '../evidence/candidate.ts';
import type { CarriedEntry } from '../evidence/candidate.ts';
import type { RequiredEvidence } from '../policy/policy.ts';
import type { Relaxation, TrustProfile } from '../trust/profile.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';

/** The question to the second judge. It holds nothing that our own checks read or found, except the profile and key that they claim. */
export interface SecondQuestion {
  readonly original: OriginalSignature;
  /** Entries from a log lookup, which count only if the original carries none. */
  readonly lookedUp: readonly CarriedEntry[];
  readonly subject: Subject;
  readonly trust: TrustedRoot;
  /** The required profile: only authorities with this profile are used. */
  readonly profile: TrustProfile;
  readonly relaxed: readonly Relaxation[];
  /** The policy's key that must verify it, for a signature without a certificate. */
  readonly key?: KeyObject;
  /** The evidence that each part of the policy requires; the least counts. Empty: no policy. */
  readonly require: readonly RequiredEvidence[];
  readonly timestampAnnotations: 'use' | 'ignore' | 'require';
  readonly now: Date;
}
