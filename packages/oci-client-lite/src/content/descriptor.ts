import { z } from 'zod';
import { type Digest, isDigest } from '../reference/digest.ts';

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

/** Go programs write `null` for a nil slice or map. */
export function nullable<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z.nullish(schema).transform((value) => value ?? undefined) as z.ZodType<T | undefined>; // the transform's input type does not matter here
}

/** Says what is wrong with the shape of a value. The caller knows what the value is part of and chooses the code. */
export class ShapeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ShapeError';
  }
}

/**
 * Reads a descriptor; unknown fields are left out. Written by hand: a manifest has dozens of descriptors, and a schema for each of their fields would be
 * most of the cost of a warm read, apart from its bytes.
 *
 * @throws ShapeError
 */
export function readDescriptor(value: unknown, at: string): Descriptor {
  if (!isRecord(value)) throw new ShapeError(`${at} must be an object`);
  const { mediaType, digest, size, artifactType, data, urls, annotations, platform } = value;
  if (!isText(mediaType) || mediaType === '' || mediaType.length > 255)
    throw new ShapeError(`${at}.mediaType must be a string of at most 255 characters`);
  if (!isDigest(digest)) throw new ShapeError(`${at}.digest is not a sha256 or sha512 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new ShapeError(`${at}.size must be a whole number`);
  if (!isAbsent(artifactType) && !isText(artifactType)) throw new ShapeError(`${at}.artifactType must be a string`);
  if (!isAbsent(data) && !isText(data)) throw new ShapeError(`${at}.data must be a string`);
  if (!isAbsent(urls) && !isTexts(urls)) throw new ShapeError(`${at}.urls must be a list of strings`);
  // True of nearly every layer, and an image has dozens.
  if ([artifactType, annotations, data, platform, urls].every(isAbsent)) return { mediaType, digest, size };
  return {
    mediaType,
    digest,
    size,
    ...(isAbsent(artifactType) ? {} : { artifactType }),
    ...(isAbsent(annotations) ? {} : { annotations: readAnnotations(annotations, `${at}.annotations`) }),
    ...(isAbsent(data) ? {} : { data }),
    ...(isAbsent(platform) ? {} : { platform: readPlatform(platform, `${at}.platform`) }),
    ...(isAbsent(urls) ? {} : { urls }),
  };
}

/** Reads a list of descriptors; `null` and a missing list are empty. @throws ShapeError */
export function readDescriptors(value: unknown, at: string): readonly Descriptor[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) throw new ShapeError(`${at} must be a list`);
  return value.map((entry) => readDescriptor(entry, at));
}

/** Reads annotations into a map without a prototype, so that `__proto__` is a key like any other. @throws ShapeError */
export function readAnnotations(value: unknown, at: string): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw new ShapeError(`${at} must be an object`);
  const map = Object.create(null) as Record<string, string>;
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new ShapeError(`${at} must only have strings as values`);
    map[key] = text;
  }
  return map;
}

function readPlatform(value: unknown, at: string): Platform {
  if (!isRecord(value)) throw new ShapeError(`${at} must be an object`);
  const { architecture, os, variant, 'os.version': version, 'os.features': features } = value;
  if (!isText(architecture) || !isText(os)) throw new ShapeError(`${at} must have "architecture" and "os"`);
  if (
    (!isAbsent(variant) && !isText(variant)) ||
    (!isAbsent(version) && !isText(version)) ||
    (!isAbsent(features) && !isTexts(features))
  )
    throw new ShapeError(`${at} has a field of the wrong type`);
  return {
    architecture,
    os,
    ...(isAbsent(variant) ? {} : { variant }),
    ...(isAbsent(version) ? {} : { 'os.version': version }),
    ...(isAbsent(features) ? {} : { 'os.features': features }),
  };
}

/** Whether a field is not there: Go programs write `null` for a nil slice or map. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** A copy without the keys whose value is `undefined`. */
export function withoutUndefined<T extends object>(value: T): object {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}
