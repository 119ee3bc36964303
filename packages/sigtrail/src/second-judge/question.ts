import type { KeyObject } from 'node:crypto';
import type { Subject } from '../establish/subject.ts';
import type { OriginalSignature } from '../evidence/candidate.ts';
import type { CarriedEntry } from '../evidence/candidate.ts';
import type { RequiredEvidence } from '../policy/policy.ts';
import type { Relaxation, TrustProfile } from '../trust/profile.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';

/** What the second judge is asked. None of it is what our own checks read or found, but for which profile and key they claim. */
export interface SecondQuestion {
  readonly original: OriginalSignature;
  /** Its entries, which count only where the original carries none: a log gave them. */
  readonly lookedUp: readonly CarriedEntry[];
  readonly subject: Subject;
  readonly trust: TrustedRoot;
  /** The profile that it is to hold under: only authorities of this profile are asked. */
  readonly profile: TrustProfile;
  readonly relaxed: readonly Relaxation[];
  /** The key of the policy that it is to hold under, for a signature without certificate. */
  readonly key?: KeyObject;
  /** What each part of the policy asks for; the least counts. Empty: no policy. */
  readonly require: readonly RequiredEvidence[];
  readonly timestampAnnotations: 'use' | 'ignore' | 'require';
  readonly now: Date;
}
