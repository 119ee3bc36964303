/** `TransparencyLogEntry` of a Sigstore bundle, as protobuf JSON: the form in which an entry is stored. */
export interface TransparencyLogEntryJson {
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly kindVersion?: { readonly kind: string; readonly version: string };
  readonly integratedTime?: string;
  readonly inclusionPromise?: { readonly signedEntryTimestamp: string };
  readonly inclusionProof?: {
    readonly logIndex: string;
    readonly rootHash: string;
    readonly treeSize: string;
    readonly hashes: readonly string[];
    readonly checkpoint?: { readonly envelope: string };
  };
  readonly canonicalizedBody: string;
}
