import type { Statement } from './statement.ts';

/**
 * A statement that an attestation manifest lists by its digest. A signature of that manifest covers the statement, just as a signature of an index covers what it lists. The statement's
 * own bytes say what it is about.
 */
export interface ListedStatement {
  /** The digest of the manifest that the statement must be about. */
  readonly image: string;
  /** The platform of this manifest according to the index, if an index was read. */
  readonly platform?: string;
  /** The attestation manifest: what the signature must cover. */
  readonly manifest: {
    readonly digest: string;
    readonly bytes: Uint8Array;
    /** The digests of the statements that those bytes list. */
    readonly lists: readonly string[];
  };
  /** The digest under which the attestation manifest lists the statement. */
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly statement: Statement;
}

/** How a signature of an attestation manifest leads to a manifest that clients run. */
export interface AttestationPath {
  /** The digest of the manifest that the statement must be about. */
  readonly image: string;
  /** Its platform according to the index: `linux/amd64`. Only for an index that was asked about as a whole. */
  readonly platform?: string;
  /** The digest of the attestation manifest, which the signature covers. */
  readonly attestationManifest: string;
  /** The digest of the statement, which the attestation manifest lists. */
  readonly statement?: string;
}
