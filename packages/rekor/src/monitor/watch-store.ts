/**
 * Where a watcher keeps what it knows. Write your own for a database: `save` must be atomic and durable (all of it or nothing, also
 * when the machine stops), and no two runs may have the store open at once.
 */
export interface WatchStore {
  /** Takes the store for one run. @throws RekorError `state-locked` while another run has it */
  open(): Promise<OpenStore>;
}

/** A store that belongs to this run alone. */
export interface OpenStore {
  /** Aborted when the store is no longer ours: nothing may be saved after that. */
  readonly signal: AbortSignal;
  /** The last document that was saved, or `undefined` when there never was one. */
  load(): Promise<Uint8Array | undefined>;
  save(document: Uint8Array): Promise<void>;
  /** Keeps a document for ever under a name of our making (`fork-….json`), and says where. Saving it twice is saving it once. */
  saveEvidence(name: string, document: Uint8Array): Promise<string>;
  close(): Promise<void>;
}
