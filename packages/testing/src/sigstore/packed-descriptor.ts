import { createHash } from 'node:crypto';

/** An OCI descriptor. */
export interface PackedDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The digest of bytes and their descriptor. */
export function describeBytes(mediaType: string, bytes: Uint8Array): PackedDescriptor {
  return { mediaType, size: bytes.length, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}
