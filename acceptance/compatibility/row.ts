import type { FakeRegistry } from '@sigtrail/testing';

/** Where the input of a row is laid out. */
export interface Place {
  /** Serves `REGISTRY/…`. */
  readonly registry: FakeRegistry;
  /** Words that start with `./` are files in here; `oci:./…` are layouts. */
  readonly directory: string;
}

/** A command line that our command and cosign both understand. */
export interface Line {
  /** Lays the input out. */
  readonly serve: (place: Place) => void | Promise<void>;
  /** As cosign reads them; `REGISTRY` stands for the registry. */
  readonly words: readonly string[];
  /** The same question through doors that only we have: they must give the same answer. */
  readonly doors?: readonly (readonly string[])[];
}

/** Another tool's answer, for a row that cosign can't answer or that names the tool. */
export interface PeerAnswer {
  /** With its version. */
  readonly tool: string;
  readonly answer: string;
}

/** One line of the table in docs/compatibility.md. `rows.test.ts` runs every row through our own code. */
export interface CompatibilityRow {
  /** Unique: the recordings of cosign's answers are found by it. */
  readonly name: string;
  /** The heading above it. */
  readonly topic: string;
  /** What is judged, in a reader's words. */
  readonly input: string;
  /** Our answer before we looked into this. */
  readonly before: string;
  /** Our answer: `accepted`, `unsigned`, `refused: CODES` or `indeterminate: CODES`, or the row's own words. */
  readonly ours: string;
  /** How we are asked: by a line, which cosign is asked as well (`record.ts`), or by code. */
  readonly ask: Line | (() => Promise<string>);
  readonly peers?: readonly PeerAnswer[];
  /** Why our answer differs from a peer's; a row that differs without a reason fails. */
  readonly because?: string;
}
