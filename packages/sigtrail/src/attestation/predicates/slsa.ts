import * as z from 'zod';
import { knownObject, WRITTEN } from './known-object.ts';
import { anything, Digests, maybe, type ResourceDescriptor, ResourceDescriptorSchema, text } from './shape.ts';

/** `https://slsa.dev/provenance/v0.2`: who built it, how and from what. Only as true as its signer is honest. */
export interface SlsaProvenanceV02 {
  readonly builder: { readonly id: string };
  readonly buildType: string;
  readonly invocation?:
    | {
        readonly configSource?:
          | {
              readonly uri?: string | undefined;
              readonly digest?: Readonly<Record<string, string>> | undefined;
              readonly entryPoint?: string | undefined;
            }
          | undefined;
        readonly parameters?: unknown;
        readonly environment?: unknown;
      }
    | undefined;
  readonly buildConfig?: unknown;
  readonly metadata?:
    | {
        readonly buildInvocationId?: string | undefined;
        /** RFC 3339. */
        readonly buildStartedOn?: string | undefined;
        /** RFC 3339. */
        readonly buildFinishedOn?: string | undefined;
        readonly reproducible?: boolean | undefined;
      }
    | undefined;
  readonly materials?: readonly Material[] | undefined;
}

/** What went into a build. */
export interface Material {
  readonly uri?: string | undefined;
  readonly digest?: Readonly<Record<string, string>> | undefined;
}

/** Its schema (slsa.dev/spec/v0.2/provenance). */
export const SlsaProvenanceV02Schema: z.ZodType<SlsaProvenanceV02> = knownObject({
  builder: knownObject({ id: text.check(z.minLength(1)) }),
  buildType: text,
  invocation: maybe(
    knownObject({
      configSource: maybe(knownObject({ uri: maybe(text), digest: maybe(Digests), entryPoint: maybe(text) })),
      parameters: z.unknown().optional(),
      environment: z.unknown().optional(),
    }),
  ),
  buildConfig: z.unknown().optional(),
  metadata: maybe(
    knownObject(
      {
        buildInvocationId: maybe(text),
        buildStartedOn: maybe(text),
        buildFinishedOn: maybe(text),
        reproducible: maybe(z.boolean()),
      },
      WRITTEN,
    ),
  ),
  materials: maybe(z.array(knownObject({ uri: maybe(text), digest: maybe(Digests) }))),
});

/** `https://slsa.dev/provenance/v1`. */
export interface SlsaProvenanceV1 {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: Readonly<Record<string, unknown>>;
    readonly internalParameters?: Readonly<Record<string, unknown>> | undefined;
    readonly resolvedDependencies?: readonly ResourceDescriptor[] | undefined;
  };
  readonly runDetails: {
    readonly builder: {
      readonly id: string;
      readonly version?: Readonly<Record<string, unknown>> | undefined;
      readonly builderDependencies?: readonly ResourceDescriptor[] | undefined;
    };
    readonly metadata?:
      | {
          readonly invocationId?: string | undefined;
          /** RFC 3339. */
          readonly startedOn?: string | undefined;
          /** RFC 3339. */
          readonly finishedOn?: string | undefined;
        }
      | undefined;
    readonly byproducts?: readonly ResourceDescriptor[] | undefined;
  };
}

/** Its schema (slsa.dev/spec/v1.0/provenance). */
export const SlsaProvenanceV1Schema: z.ZodType<SlsaProvenanceV1> = knownObject({
  buildDefinition: knownObject({
    buildType: text,
    externalParameters: anything,
    internalParameters: maybe(anything),
    resolvedDependencies: maybe(z.array(ResourceDescriptorSchema)),
  }),
  runDetails: knownObject({
    builder: knownObject({
      id: text.check(z.minLength(1)),
      version: maybe(anything),
      builderDependencies: maybe(z.array(ResourceDescriptorSchema)),
    }),
    metadata: maybe(
      knownObject({ invocationId: maybe(text), startedOn: maybe(text), finishedOn: maybe(text) }, WRITTEN),
    ),
    byproducts: maybe(z.array(ResourceDescriptorSchema)),
  }),
});
