import { digestOnce } from '../crypto/digest-once.ts';
import { IN_TOTO, preAuthenticationEncoding } from '../evidence/dsse.ts';
import { FormatError } from '../evidence/format-error.ts';
import { parseSimpleSigning } from '../evidence/simple-signing.ts';
import { parseStatement, type Statement } from '../evidence/statement.ts';

/** Bytes that were signed, or would be signed for this image, by the digests that a log entry has. */
export interface KnownPayload {
  readonly kind: 'simple-signing' | 'statement' | 'manifest';
  /** What a signature covers: the payload, or its encoding in an envelope. */
  readonly signedBytes: Uint8Array;
  /** The digests by which entries name it: those of the payload, and of its encoding. */
  readonly hashes: readonly string[];
  /** The digests that it is a statement about. */
  readonly subjects: readonly string[];
  /** Digests of the materials of its subject. */
  readonly materials: readonly string[];
  readonly predicateType?: string;
}

/** A payload of cosign 1 and 2; otherwise `undefined`. */
export function simpleSigningPayload(payload: Uint8Array): KnownPayload | undefined {
  return unlessMalformed(() => {
    const { manifestDigest } = parseSimpleSigning(payload);
    return {
      kind: 'simple-signing',
      signedBytes: payload,
      hashes: hashesOf(payload),
      subjects: [manifestDigest],
      materials: [],
    };
  });
}

/** The statement in an envelope; otherwise `undefined`. */
export function statementPayload(payload: Uint8Array, payloadType: string = IN_TOTO): KnownPayload | undefined {
  if (payloadType !== IN_TOTO) return undefined;
  const signedBytes = preAuthenticationEncoding(payloadType, payload);
  return unlessMalformed(() => {
    const statement = parseStatement(payload);
    return {
      kind: 'statement',
      signedBytes,
      hashes: [...hashesOf(payload), ...hashesOf(signedBytes)],
      subjects: statement.subject.flatMap(({ digest }) => digestSet(digest)),
      materials: materialsOf(statement),
      predicateType: statement.predicateType,
    };
  });
}

/** The image itself: bundles may sign its manifest directly. */
export function manifestPayload(manifest: Uint8Array): KnownPayload {
  const hashes = hashesOf(manifest);
  return { kind: 'manifest', signedBytes: manifest, hashes, subjects: hashes, materials: [] };
}

/** SLSA provenance v0.2 has `materials`, v1 `buildDefinition.resolvedDependencies`. */
function materialsOf({ predicate }: Statement): readonly string[] {
  const lists = [
    memberOf(predicate, 'materials'),
    memberOf(memberOf(predicate, 'buildDefinition'), 'resolvedDependencies'),
  ];
  return lists.flatMap((list) =>
    Array.isArray(list) ? list.slice(0, 10_000).flatMap((one: unknown) => digestSet(memberOf(one, 'digest'))) : [],
  );
}

function digestSet(digest: unknown): readonly string[] {
  if (typeof digest !== 'object' || digest === null) return [];
  return Object.entries(digest).flatMap(([algorithm, hex]) => (typeof hex === 'string' ? [`${algorithm}:${hex}`] : []));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** Entries name payloads by the hash of the key's curve too. */
function hashesOf(bytes: Uint8Array): readonly string[] {
  return (['sha256', 'sha384', 'sha512'] as const).map(
    (algorithm) => `${algorithm}:${digestOnce(algorithm, bytes).toString('hex')}`,
  );
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
