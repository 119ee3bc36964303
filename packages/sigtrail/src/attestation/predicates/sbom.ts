import * as z from 'zod';
import { knownObject } from './known-object.ts';
import { maybe, text } from './shape.ts';

/** `https://spdx.dev/Document`: an SPDX 2 document, an SPDX 3 graph, or tag-value text (what cosign's `--type spdx` takes). */
export type SpdxPredicate = SpdxDocument | SpdxGraph | string;

/** An SPDX 2 document in JSON. */
export interface SpdxDocument {
  /** `SPDX-2.3` */
  readonly spdxVersion: string;
  readonly SPDXID?: string | undefined;
  readonly name?: string | undefined;
  readonly documentNamespace?: string | undefined;
  readonly packages?: readonly SpdxPackage[] | undefined;
}

/** A package of an SPDX 2 document. */
export interface SpdxPackage {
  readonly name: string;
  readonly SPDXID?: string | undefined;
  readonly versionInfo?: string | undefined;
  readonly licenseConcluded?: string | undefined;
  readonly licenseDeclared?: string | undefined;
}

/** An SPDX 3 document in JSON-LD. */
export interface SpdxGraph {
  readonly '@context': unknown;
  readonly '@graph': readonly unknown[];
}

/** Its schema (spdx.github.io/spdx-spec). */
export const SpdxPredicateSchema: z.ZodType<SpdxPredicate> = z.union([
  knownObject({
    spdxVersion: z.string().regex(/^SPDX-\d+\.\d+$/),
    SPDXID: maybe(text),
    name: maybe(text),
    documentNamespace: maybe(text),
    packages: maybe(
      z.array(
        knownObject({
          name: text,
          SPDXID: maybe(text),
          versionInfo: maybe(text),
          licenseConcluded: maybe(text),
          licenseDeclared: maybe(text),
        }),
      ),
    ),
  }),
  knownObject({ '@context': z.unknown(), '@graph': z.array(z.unknown()) }),
  z.string().regex(/^SPDXVersion:/m),
]);

/** `https://cyclonedx.org/bom`: a CycloneDX document in JSON. */
export interface CycloneDxPredicate {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: string;
  readonly serialNumber?: string | undefined;
  readonly components?: readonly CycloneDxComponent[] | undefined;
}

/** A component, and those inside it. */
export interface CycloneDxComponent {
  readonly type: string;
  readonly name: string;
  readonly version?: string | undefined;
  readonly purl?: string | undefined;
  readonly components?: readonly CycloneDxComponent[] | undefined;
}

const Component: z.ZodType<CycloneDxComponent> = knownObject({
  type: text,
  name: text,
  version: maybe(text),
  purl: maybe(text),
  get components(): z.ZodType<readonly CycloneDxComponent[] | undefined> {
    return maybe(z.array(Component));
  },
});

/** Its schema (cyclonedx.org/docs). */
export const CycloneDxPredicateSchema: z.ZodType<CycloneDxPredicate> = knownObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string().regex(/^\d+\.\d+$/),
  serialNumber: maybe(text),
  components: maybe(z.array(Component)),
});
