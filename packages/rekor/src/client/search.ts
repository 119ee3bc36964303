/** What the index of a Rekor v1 is asked for. With several fields: any of them (`or`, the default), or all (`and`). */
export interface SearchQuery {
  /** `sha256:<hex>`, `sha512:<hex>`, `sha1:<hex>`, or bare hexadecimal: of an artifact, a payload, an envelope, an image, a key. */
  readonly hash?: string;
  /** Subject alternative name that is an e-mail address. Case doesn't matter. */
  readonly email?: string;
  /** Whole subject alternative name of any type, at most 512 characters; case doesn't matter. Rekor before 1.5.4 can't: then it is asked as an e-mail address. */
  readonly subject?: string;
  /** A certificate or public key. Both forms under which Rekor indexes keys are asked for: its own key search never finds dsse and intoto entries. */
  readonly publicKey?: SearchKeyMaterial;
  readonly operator?: 'and' | 'or';
}

/** A key or certificate to search for. */
export interface SearchKeyMaterial {
  readonly format: 'x509' | 'pgp' | 'minisign' | 'ssh' | 'tuf';
  /** For `x509`: PEM. */
  readonly content: Uint8Array;
}

/** What the index gave. */
export interface SearchAnswer {
  /** Lower-case, sorted, each once. Fetch and prove each: an index entry is unsigned. */
  readonly uuids: readonly string[];
  /** Never: the index isn't part of the tree, so what it leaves out can't be known. */
  readonly complete: false;
  /** What was asked in other words, or not at all, and why. */
  readonly remarks: readonly string[];
}

/** An entry as one would upload it: the log makes it canonical and looks for it in every shard. */
export interface ProposedEntry {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}
