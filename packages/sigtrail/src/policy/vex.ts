import * as z from 'zod';
import { knownObject } from '../attestation/predicates/known-object.ts';
import type { VexStatus } from './policy.ts';

/** An OpenVEX statement about one vulnerability: its signer's word. */
export interface VexStatement {
  /** The name, for example `CVE-2026-0001`, and its aliases. */
  readonly vulnerability: readonly string[];
  readonly status: VexStatus;
  readonly justification?: string;
  /** RFC 3339: the statement's own time, or else the document's. */
  readonly timestamp: string;
  /** Names of the products it is about; empty when the document leaves them out. A product without an `@id` is named by all its other members. */
  readonly products: readonly string[];
}

const text = z.lazy(() => z.string().nullish());
const Vulnerability = z.lazy(() =>
  z.union([
    z.string().min(1),
    knownObject({ '@id': text, name: z.string().min(1), aliases: z.array(z.string()).nullish() }),
  ]),
);
const Product = z.lazy(() =>
  z.union([z.string(), knownObject({ '@id': text, subcomponents: z.array(z.unknown()).nullish() })]),
);
const Document = z.lazy(() =>
  knownObject({
    '@context': z.string().startsWith('https://openvex.dev/ns'),
    timestamp: z.iso.datetime({ offset: true }),
    statements: z
      .array(
        knownObject({
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
    products: (products ?? []).flatMap(nameProduct),
  }));
}

/** A product, or each part of it that the statement is limited to: a statement about one part says nothing about the others. */
function nameProduct(
  product: string | { readonly '@id'?: unknown; readonly subcomponents?: readonly unknown[] | null | undefined },
): readonly string[] {
  if (typeof product === 'string') return [canonicalName(product)];
  const { subcomponents, ...own } = product;
  const name = typeof own['@id'] === 'string' ? canonicalName(own['@id']) : JSON.stringify(own);
  if (subcomponents == null || subcomponents.length === 0) return [name];
  return subcomponents.map((part) => `${name} ${JSON.stringify(part)}`);
}

/**
 * A package URL in the case that its specification gives it: scheme and type in lower case, and the name too if its type is `oci`. Every other name is
 * compared as it is written: IRIs are case-sensitive, and if two products were taken for the same one, a statement about one could revoke a statement about the other.
 */
function canonicalName(name: string): string {
  const [, type = '', rest = ''] = /^pkg:\/*([a-z0-9.+-]+)\/(.*)$/is.exec(name) ?? [];
  if (type === '') return name;
  const lower = type.toLowerCase();
  const [path = ''] = /^[^@?#]*/.exec(rest) ?? [];
  return `pkg:${lower}/${lower === 'oci' ? path.toLowerCase() : path}${rest.slice(path.length)}`;
}

/**
 * For each vulnerability the statements that count: the newest, and any of the same time that disagree. A statement dated in the future revokes nothing:
 * otherwise it would outlive every later statement.
 */
export function newestStatements(statements: readonly VexStatement[], now: Date): readonly VexStatement[] {
  return statements.filter(
    (statement) =>
      !statements.some(
        (other) =>
          Date.parse(other.timestamp) > Date.parse(statement.timestamp) &&
          Date.parse(other.timestamp) <= now.getTime() &&
          speaksOf(other, statement.vulnerability) &&
          // A newer statement about some products revokes nothing about other products.
          (other.products.length === 0 ||
            (statement.products.length > 0 && statement.products.every((product) => isAmong(product, other.products)))),
      ),
  );
}

/** Whether a statement is about one of these vulnerabilities. CVE, GHSA and the others never give two names that differ only in case. */
export function speaksOf({ vulnerability }: Pick<VexStatement, 'vulnerability'>, names: readonly string[]): boolean {
  const lowerCaseNames = new Set(names.map((name) => name.toLowerCase()));
  return vulnerability.some((name) => lowerCaseNames.has(name.toLowerCase()));
}

/** Whether a product is named, or is part of a named product. */
function isAmong(product: string, products: readonly string[]): boolean {
  return products.some((named) => product === named || product.startsWith(`${named} `));
}
