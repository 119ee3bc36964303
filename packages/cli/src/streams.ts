/** Where a run writes. */
export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Standard output, for bytes that are no text. Without it, they are written as text. */
  readonly bytes?: (bytes: Uint8Array) => void;
  /** What the two lead to, where that is a terminal. */
  readonly terminal?: { readonly stdout?: Terminal; readonly stderr?: Terminal };
  /** Whether text may have colours. */
  readonly color?: { readonly stdout: boolean; readonly stderr: boolean };
  /** Says how far a long work has come; shown on a terminal only. */
  readonly progress?: (text: string) => void;
}

/** A terminal that somebody reads. */
export interface Terminal {
  readonly columns: number;
}
