import type { ImageReport, PlatformsReport } from 'sigtrail';
import type { FileKind, FoundImage, ImagePlace } from '../find/found-image.ts';
import type { ExpiredException, Mode, RuleName } from '../policy-map/policy-map.ts';
import type { LockDifference } from '../lock/compare-lock.ts';

/** What is said of one place of a file. */
export type GateVerdict =
  /** Its policy holds. */
  | 'verified'
  /** Its policy does not hold. */
  | 'rejected'
  /** Something could not be read that may decide. */
  | 'indeterminate'
  /** No rule of the map, or two that tie. */
  | 'refused'
  /** The map lets it run unverified until a day. */
  | 'excepted'
  /** Which image is meant can't be told. */
  | 'unresolved'
  /** It is built from other files. */
  | 'built';

/** One place of a file, with what was found out about its image. */
export interface GateEntry extends ImagePlace {
  readonly verdict: GateVerdict;
  /** Whether it may run: verified, excepted or built, or only warned about. */
  readonly passes: boolean;
  /** `docker.io/library/nginx:1.27`; missing where it can't be told. */
  readonly image?: string;
  /** A code for the reason, stable; missing for what is verified. */
  readonly code?: string;
  /** One sentence. */
  readonly message: string;
  readonly rule?: RuleName;
  readonly policyName?: string;
  readonly mode?: Mode;
  readonly reason?: string;
  readonly until?: string;
  readonly expired?: readonly ExpiredException[];
  /** The digest that was verified: what may be pinned. */
  readonly digest?: string;
  /** How it differs from the lock. */
  readonly lock?: readonly LockDifference[];
  /** The place as it was found. */
  readonly found: FoundImage;
}

/** A file that could not be read as a whole. */
export interface FileProblem {
  readonly file: string;
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a run of the gate found. */
export interface GateReport {
  readonly schemaVersion: 1;
  readonly kind: 'gate';
  /** `passed` only where every image may run, and every file could be read. */
  readonly verdict: 'passed' | 'failed';
  readonly evaluatedAt: string;
  readonly files: readonly { readonly file: string; readonly kind: FileKind }[];
  readonly entries: readonly GateEntry[];
  readonly problems: readonly FileProblem[];
  /** The whole report of each image that a policy was applied to, by the name in `entries`. */
  readonly reports: Readonly<Record<string, ImageReport | PlatformsReport>>;
}
