import * as z from 'zod';
import type { SearchQuery } from '../client/search.ts';
import { searchKeys, trackKeys } from '../client/search-keys.ts';
import { digestBytes, keyBytes, type Needle } from '../entry/search-body.ts';
import { derOfPem, fingerprintOf } from './fingerprint.ts';

/** An image to watch, by its digest. */
export interface WatchedImage {
  /** `sha256:…` of the manifest that is deployed. */
  readonly digest: string;
  /** `registry/repository`: with it, the payload that cosign 1 and 2 sign for it is looked for too. */
  readonly repository?: string;
  /** Further digests under which the log would know it: of payloads that the registry's signatures have, of its platforms. `sha256:…`. */
  readonly hashes?: readonly string[];
}

/** A signer whose signatures are watched, whatever they sign. */
export type WatchedIdentity =
  /** A subject alternative name of a certificate, whole; the log's index ignores case, we don't. */
  | { readonly subject: string }
  /** PEM of a public key or certificate. */
  | { readonly publicKey: string };

/** A signer who may sign watched images. */
export type ExpectedSigner =
  | { readonly subject: string; readonly issuer?: string }
  /** PEM of a public key. */
  | { readonly publicKey: string };

/** A watched target: what to ask the log for, and what shows that an entry belongs to it. */
export interface Target {
  /** As events name it: `image sha256:…`, `subject …`, `key sha256:…`. */
  readonly name: string;
  readonly queries: readonly SearchQuery[];
  /** `sha256:…`: an entry over one of these digests belongs to this target. */
  readonly hashes: ReadonlySet<string>;
  readonly subject?: string;
  /** `sha256:` of the DER of a key or certificate. */
  readonly fingerprint?: string;
  /** Bytes that every encoding of the watched key contains: an entry may hold the key in a certificate, or spelt in another way. */
  readonly key?: Buffer;
  /** What to look for in an entry that can't be read. */
  readonly needle: Needle;
}

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 lower-case hexadecimal digits');
const Pem = z.string().regex(/-----BEGIN (?:PUBLIC KEY|CERTIFICATE)-----/, 'expected PEM');
const Image: z.ZodType<WatchedImage> = z.strictObject({
  digest: Digest,
  repository: z.exactOptional(z.string().min(1)),
  hashes: z.exactOptional(z.array(Digest)),
});
const Identity: z.ZodType<WatchedIdentity> = z.union([
  z.strictObject({ subject: z.string().min(1).max(512) }),
  z.strictObject({ publicKey: Pem }),
]);
const Expected: z.ZodType<ExpectedSigner> = z.union([
  z.strictObject({ subject: z.string().min(1), issuer: z.exactOptional(z.string().min(1)) }),
  z.strictObject({ publicKey: Pem }),
]);

/** What the options of a watcher may name. */
export const TargetOptions: z.ZodType<{
  readonly images?: readonly WatchedImage[];
  readonly identities?: readonly WatchedIdentity[];
  readonly expected?: readonly ExpectedSigner[];
}> = z.strictObject({
  images: z.exactOptional(z.array(Image)),
  identities: z.exactOptional(z.array(Identity)),
  expected: z.exactOptional(z.array(Expected)),
});

/** Turns watched targets into questions to a log, and into what an entry must contain. */
export function targetsOf(images: readonly WatchedImage[], identities: readonly WatchedIdentity[]): readonly Target[] {
  return [...images.map(imageTarget), ...identities.map(identityTarget)];
}

function imageTarget({ digest, repository, hashes = [] }: WatchedImage): Target {
  const plan = trackKeys(searchKeys({ digests: [digest], ...(repository === undefined ? {} : { repository }) }));
  const name = `image ${repository === undefined ? '' : `${repository}@`}${digest}`;
  const all = new Set([...plan.hashes, ...hashes]);
  return {
    name,
    queries: [...plan.searches.map(({ query }) => query), ...hashes.map((hash) => ({ hash }))],
    hashes: all,
    needle: { name, bytes: [...all].map(digestBytes) },
  };
}

function identityTarget(identity: WatchedIdentity): Target {
  if ('subject' in identity) {
    const { subject } = identity;
    const name = `subject ${subject}`;
    const needle = { name, bytes: [Buffer.from(subject)] };
    return { name, queries: [{ subject }], hashes: new Set(), subject, needle };
  }
  const der = derOfPem(identity.publicKey);
  const fingerprint = fingerprintOf(der);
  const name = `key ${fingerprint}`;
  const key = keyBytes(identity.publicKey);
  return {
    name,
    queries: [{ publicKey: { format: 'x509', content: Buffer.from(identity.publicKey) } }],
    hashes: new Set(),
    fingerprint,
    ...(key === undefined ? {} : { key }),
    needle: { name, bytes: key === undefined ? [der] : [key, der] },
  };
}
