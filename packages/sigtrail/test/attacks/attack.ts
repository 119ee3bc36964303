import type { Outcome, World } from './world.ts';

/** One attack, and beside it the nearest honest thing. */
export interface Attack {
  /** The id of the row that it is of. */
  readonly row: string;
  readonly attack: string;
  /** Refused with this code. `says-no-more`: what was changed is not repeated by the report, and the signature is as good as before. */
  readonly code: string;
  readonly attacked: (world: World) => Promise<Outcome>;
  readonly honest: (world: World) => Promise<Outcome>;
}

/** A test that is elsewhere. */
export interface CoveredElsewhere {
  readonly row: string;
  readonly attack: string;
  /** From the root of the repository. */
  readonly file: string;
  /** As it is written in the file. */
  readonly title: string;
  /** The code or the behaviour that answers the attack. */
  readonly answer?: string;
}

/** The same, as one line of a table. */
export type ElsewhereLine = readonly [row: string, attack: string, file: string, title: string, answer?: string];

/** A row that nothing can be shown of here. */
export interface NotApplicable {
  readonly row: string;
  readonly because: string;
}

/** A row of one of the lists. */
export interface AttackRow {
  readonly id: string;
  readonly list: 'ours' | 'advisory' | 'accepted mutation' | 'stock verifier' | 'cosign weakness';
  readonly title: string;
}
