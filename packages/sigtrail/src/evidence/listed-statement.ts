import type { Statement } from './statement.ts';

/**
 * A statement that an attestation manifest lists by its digest. A signature of that manifest covers the statement, as a signature of an index covers what it lists; what
 * the statement is about stands in its own bytes.
 */
export interface ListedStatement {
  /** The digest of the manifest that it must be about. */
  readonly image: string;
  /** What the index says that this manifest is for, where an index was read. */
  readonly platform?: string;
  /** The attestation manifest: what the signature must cover. */
  readonly manifest: {
    readonly digest: string;
    readonly bytes: Uint8Array;
    /** The digests of the statements that those bytes list. */
    readonly lists: readonly string[];
  };
  /** The digest under which it lists the statement. */
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly statement: Statement;
}

/** How a signature of an attestation manifest leads to a manifest that somebody runs. */
export interface AttestationPath {
  /** The digest of the manifest that the statement must be about. */
  readonly image: string;
  /** What the index says that it is for: `linux/amd64`. Only of an index that was asked about as a whole. */
  readonly platform?: string;
  /** The digest of the attestation manifest, which the signature covers. */
  readonly attestationManifest: string;
  /** The digest of the statement, which the attestation manifest lists. */
  readonly statement?: string;
}
