import * as z from 'zod';
import { knownObject } from './known-object.ts';

/** A member that may be left out. Go's encoders write `null` for a list or object that is not there; both read as absent. */
export function maybe<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Text, as most members are. */
export const text: z.ZodType<string> = z.string();

/** Anything, with its own shape. */
export const anything: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown());

/** Digests by algorithm. */
export const Digests: z.ZodType<Readonly<Record<string, string>>> = z.record(z.string(), z.string());

/** in-toto `ResourceDescriptor` v1: a resource, by its location and digests. */
export interface ResourceDescriptor {
  readonly name?: string | undefined;
  readonly uri?: string | undefined;
  readonly digest?: Readonly<Record<string, string>> | undefined;
  readonly mediaType?: string | undefined;
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

/** Its schema. */
export const ResourceDescriptorSchema: z.ZodType<ResourceDescriptor> = knownObject({
  name: maybe(text),
  uri: maybe(text),
  digest: maybe(Digests),
  mediaType: maybe(text),
  annotations: maybe(anything),
});
