import type { FakeRegistry } from '@sigtrail/testing';

/** Where the input of a row is laid out. */
export interface Place {
  /** Serves `REGISTRY/…`. */
  readonly registry: FakeRegistry;
  /** Words that start with `./` are files in here; `oci:./…` are layouts. */
  readonly directory: string;
}

/** A line of a command that our command understands as cosign does. */
export interface Line {
  /** Lays the input out. */
  readonly serve: (place: Place) => void | Promise<void>;
  /** As cosign reads them; `REGISTRY` stands for the registry. */
  readonly words: readonly string[];
  /** The same question by other doors, which only ours has: they must get the same answer. */
  readonly doors?: readonly (readonly string[])[];
}

/** What another tool answers, for a row whose input cosign can't be asked about, or where another tool is named. */
export interface PeerAnswer {
  /** With its version. */
  readonly tool: string;
  readonly answer: string;
}

/** One line of the table in docs/compatibility.md. Every row is asked of our own code by `rows.test.ts`. */
export interface CompatibilityRow {
  /** Unique: the recordings of cosign's answers are found by it. */
  readonly name: string;
  /** The heading it stands under. */
  readonly topic: string;
  /** What is judged, in a reader's words. */
  readonly input: string;
  /** What we answered before this was looked into. */
  readonly before: string;
  /** What we answer: `accepted`, `unsigned`, `refused: CODES` or `indeterminate: CODES`, or words of the row's own. */
  readonly ours: string;
  /** How we are asked: by a line, which cosign is asked as well (`record.ts`), or by code. */
  readonly ask: Line | (() => Promise<string>);
  readonly peers?: readonly PeerAnswer[];
  /** Why we answer otherwise than a peer; a row that differs from one without saying why fails. */
  readonly because?: string;
}
