import * as z from 'zod';
import type { VexStatus } from './policy.ts';

/** One OpenVEX statement about one vulnerability. Its signer's word. */
export interface VexStatement {
  /** The name, for example `CVE-2026-0001`, and its aliases. */
  readonly vulnerability: readonly string[];
  readonly status: VexStatus;
  readonly justification?: string;
  /** RFC 3339: the statement's own, else the document's. */
  readonly timestamp: string;
  /** Identifiers of the products it speaks of; none when the document leaves them out. */
  readonly products: readonly string[];
}

const text = z.lazy(() => z.string().nullish());
const Vulnerability = z.lazy(() =>
  z.union([
    z.string().min(1),
    z.looseObject({ '@id': text, name: z.string().min(1), aliases: z.array(z.string()).nullish() }),
  ]),
);
const Product = z.lazy(() => z.union([z.string(), z.looseObject({ '@id': text })]));
const Document = z.lazy(() =>
  z.looseObject({
    '@context': z.string().startsWith('https://openvex.dev/ns'),
    timestamp: z.iso.datetime({ offset: true }),
    statements: z
      .array(
        z.looseObject({
          vulnerability: Vulnerability,
          status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
          justification: text,
          timestamp: z.iso.datetime({ offset: true }).nullish(),
          products: z.array(Product).nullish(),
        }),
      )
      .max(100_000),
  }),
);

/** Reads an OpenVEX 0.0.1–0.2.0 document, or says what is wrong with it: half a document must not read as "not affected". */
export function readVex(predicate: unknown): readonly VexStatement[] | { readonly malformed: string } {
  const parsed = Document.safeParse(predicate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { malformed: `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() };
  }
  const { timestamp: written, statements } = parsed.data;
  return statements.map(({ vulnerability, status, justification, timestamp, products }) => ({
    vulnerability:
      typeof vulnerability === 'string' ? [vulnerability] : [vulnerability.name, ...(vulnerability.aliases ?? [])],
    status,
    ...(typeof justification === 'string' ? { justification } : {}),
    timestamp: timestamp ?? written,
    products: (products ?? []).flatMap((product) =>
      typeof product === 'string' ? [product] : typeof product['@id'] === 'string' ? [product['@id']] : [],
    ),
  }));
}

/** For each vulnerability the statements that count: the newest one, and any of the same time that says otherwise. */
export function newestStatements(statements: readonly VexStatement[]): readonly VexStatement[] {
  return statements.filter(
    (one) =>
      !statements.some(
        (other) =>
          Date.parse(other.timestamp) > Date.parse(one.timestamp) &&
          other.vulnerability.some((name) => one.vulnerability.includes(name)) &&
          // A newer word about some products takes nothing back about others.
          (other.products.length === 0 ||
            (one.products.length > 0 && one.products.every((product) => other.products.includes(product)))),
      ),
  );
}
