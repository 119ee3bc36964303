/** One entry as Rekor v1's REST API answers: a map with the entry's ID as its only key. */
export type EntryResponse = Record<string, EntryResponseValue>;

/** What the REST API says of an entry. Plain and writable: tests may spoil it. */
export interface EntryResponseValue {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  verification: {
    inclusionProof: { checkpoint: string; hashes: string[]; logIndex: number; rootHash: string; treeSize: number };
    signedEntryTimestamp: string;
  };
}
