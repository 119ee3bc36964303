import * as z from 'zod';
import { knownObject } from './known-object.ts';
import { maybe, text } from './shape.ts';

/** `https://openvex.dev/ns` and its versions: which vulnerabilities affect the image, according to its author. */
export interface OpenVexPredicate {
  readonly '@context': string;
  readonly '@id': string;
  readonly author: string;
  /** RFC 3339. */
  readonly timestamp?: string | undefined;
  readonly version: number | string;
  readonly statements: readonly OpenVexStatement[];
}

/** One statement about one vulnerability. */
export interface OpenVexStatement {
  /** An object since OpenVEX 0.2.0, a plain identifier before. */
  readonly vulnerability: string | { readonly name?: string | undefined; readonly '@id'?: string | undefined };
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  readonly justification?: string | undefined;
  readonly impact_statement?: string | undefined;
  readonly products?: readonly unknown[] | undefined;
}

/** Its schema (github.com/openvex/spec). */
export const OpenVexPredicateSchema: z.ZodType<OpenVexPredicate> = knownObject({
  '@context': text,
  '@id': text,
  author: text,
  timestamp: maybe(text),
  version: z.union([z.number(), text]),
  statements: z.array(
    knownObject({
      vulnerability: z.union([text, knownObject({ name: maybe(text), '@id': maybe(text) })]),
      status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
      justification: maybe(text),
      impact_statement: maybe(text),
      products: maybe(z.array(z.unknown())),
    }),
  ),
});

/** `https://cosign.sigstore.dev/attestation/vuln/v1`: a scan, in cosign's own shape; `result` is the scanner's. */
export interface CosignVulnPredicate {
  readonly scanner: {
    readonly uri: string;
    readonly version?: string | undefined;
    readonly db?: { readonly uri?: string | undefined; readonly version?: string | undefined } | undefined;
    readonly result?: unknown;
  };
  readonly metadata: {
    /** RFC 3339. */
    readonly scanStartedOn: string;
    /** RFC 3339. */
    readonly scanFinishedOn: string;
  };
  readonly invocation?: unknown;
}

/** Its schema (cosign `COSIGN_VULN_ATTESTATION_SPEC.md`). */
export const CosignVulnPredicateSchema: z.ZodType<CosignVulnPredicate> = knownObject({
  scanner: knownObject({
    uri: text,
    version: maybe(text),
    db: maybe(knownObject({ uri: maybe(text), version: maybe(text) })),
    result: z.unknown().optional(),
  }),
  metadata: knownObject({ scanStartedOn: text, scanFinishedOn: text }),
  invocation: z.unknown().optional(),
});

/** `https://in-toto.io/attestation/vulns/v0.1` and `v0.2`: a scan with its findings. */
export interface VulnsPredicate {
  readonly scanner: {
    readonly uri: string;
    readonly version?: string | undefined;
    readonly result: readonly {
      readonly id: string;
      readonly severity?: readonly { readonly method: string; readonly score: string }[] | undefined;
    }[];
  };
  readonly metadata?:
    | { readonly scanStartedOn?: string | undefined; readonly scanFinishedOn?: string | undefined }
    | undefined;
}

/** Its schema (in-toto attestation spec, predicate "vulns"). */
export const VulnsPredicateSchema: z.ZodType<VulnsPredicate> = knownObject({
  scanner: knownObject({
    uri: text,
    version: maybe(text),
    result: z.array(knownObject({ id: text, severity: maybe(z.array(knownObject({ method: text, score: text }))) })),
  }),
  metadata: maybe(knownObject({ scanStartedOn: maybe(text), scanFinishedOn: maybe(text) })),
});
