import { z } from 'zod';
import { type Digest, isDigest } from './digest.ts';

/** What an image runs on (image-spec "Image index"). */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

/** A typed, sized, digest-addressed pointer (image-spec descriptor.md). Unverified until its bytes have been fetched. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Base64 of the content itself; used by `fetchBlob` only when it has the right size and digest. */
  readonly data?: string;
  readonly platform?: Platform;
  /** Addresses elsewhere ("foreign layers"). Never followed: a manifest must not choose whom we connect to (CVE-2020-15157). */
  readonly urls?: readonly string[];
}

const digestSchema: z.ZodType<Digest> = z.custom<Digest>(isDigest, 'not a sha256 or sha512 digest');

/** Go programs write `null` for a nil slice or map. */
export function nullable<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z.nullish(schema).transform((value) => value ?? undefined) as z.ZodType<T | undefined>; // the transform's input type is of no interest here
}

/** Annotations as a map without prototype, so that a key like `__proto__` is a key like any other. */
export const annotationsSchema: z.ZodType<Readonly<Record<string, string>>> = z
  .unknown()
  .transform((value, context) => {
    const map = Object.create(null) as Record<string, string>;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue('annotations must be an object');
      return z.NEVER;
    }
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') {
        context.addIssue('annotation values must be strings');
        return z.NEVER;
      }
      map[key] = text;
    }
    return map;
  });

const platformSchema: z.ZodType<Platform> = z
  .object({
    architecture: z.string(),
    os: z.string(),
    variant: nullable(z.string()),
    'os.version': nullable(z.string()),
    'os.features': nullable(z.array(z.string())),
  })
  .transform((platform) => withoutUndefined(platform) as Platform); // same keys, the optional ones left out

/** Shape of a descriptor; unknown fields are left out. */
export const descriptorSchema: z.ZodType<Descriptor> = z
  .object({
    mediaType: z.string().min(1).max(255),
    digest: digestSchema,
    size: z.int().nonnegative(),
    artifactType: nullable(z.string()),
    annotations: nullable(annotationsSchema),
    data: nullable(z.string()),
    platform: nullable(platformSchema),
    urls: nullable(z.array(z.string())),
  })
  .transform((descriptor) => withoutUndefined(descriptor) as Descriptor); // same keys, the optional ones left out

/** A copy without the keys whose value is `undefined`. */
export function withoutUndefined<T extends object>(value: T): object {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}
