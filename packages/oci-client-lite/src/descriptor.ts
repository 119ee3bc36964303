import type { Digest } from './digest.ts';

/** What an image runs on (image-spec "Image index"). */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string | undefined;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
}

/** A typed, sized, digest-addressed pointer (image-spec descriptor.md). Unverified until its bytes have been fetched. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Base64 of the content itself; {@link Repository.fetchBlob} uses it only when it has the right size and digest. */
  readonly data?: string;
  readonly platform?: Platform;
  /** Addresses elsewhere ("foreign layers"). Never followed: a manifest must not choose whom we connect to (CVE-2020-15157). */
  readonly urls?: readonly string[];
}
