import { optionError, requireObject } from '@sigtrail/encoding';
import { checkKeys, isList } from '../options.ts';
import { createHash } from 'node:crypto';

import { decodeBase64, encodeBase64, encodeHex, sameBytes } from '@sigtrail/encoding';
import type { EntryHash, LogEntryBody } from './entry-body.ts';
import { decodePem } from '../note/pem.ts';
import type { ProposedEntry } from '../client/search.ts';

/** A signature over bytes whose digest is known, and what it verifies with. */
export interface ProposedSignature {
  readonly digest: EntryHash;
  readonly signature: Uint8Array;
  /** PEM of the certificate or public key. */
  readonly verifierPem: string;
}

/** The `hashedrekord` 0.0.1 that a classic cosign signature was logged as: finds it by content, in every shard, without the index. */
export function proposeHashedRekord(signed: ProposedSignature): ProposedEntry {
  checkKeys('signed', signed, ['digest', 'signature', 'verifierPem']);
  const { digest, signature, verifierPem } = signed;
  if (!(signature instanceof Uint8Array) || typeof verifierPem !== 'string' || !(digest?.digest instanceof Uint8Array))
    throw optionError('invalid-option', 'proposeHashedRekord: expected a digest, the bytes of a signature and a PEM');
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: digest.algorithm, value: encodeHex(digest.digest) } },
      signature: {
        content: encodeBase64(signature),
        publicKey: { content: encodeBase64(Buffer.from(verifierPem)) },
      },
    },
  };
}

/** The `dsse` 0.0.1 that an envelope was logged as. The log hashes the envelope's text, so it must be the one that was uploaded. */
export function proposeDsse(signed: {
  /** JSON text of the envelope. */
  readonly envelope: string;
  readonly verifierPems: readonly string[];
}): ProposedEntry {
  checkKeys('signed', signed, ['envelope', 'verifierPems']);
  const { envelope, verifierPems } = signed;
  if (typeof envelope !== 'string' || !isList(verifierPems))
    throw optionError('invalid-option', 'proposeDsse: expected the text of an envelope and a list of PEMs');
  const verifiers = verifierPems.map((pem) => encodeBase64(Buffer.from(pem)));
  return { apiVersion: '0.0.1', kind: 'dsse', spec: { proposedContent: { envelope, verifiers } } };
}

/**
 * Whether a logged body is what a proposed entry becomes: same kind, same digest, same signatures, same signers. The log makes bodies
 * canonical in its own way, so their bytes can't be compared.
 */
export function isProposed(body: LogEntryBody, proposed: ProposedEntry): boolean {
  requireObject(body, 'isProposed', 'body', ['kind']);
  requireObject(proposed, 'isProposed', 'proposed');
  if (body.kind === 'unknown' || body.kind !== proposed.kind || body.apiVersion !== proposed.apiVersion) return false;
  const wanted = READERS[`${proposed.kind}/${proposed.apiVersion}`]?.(proposed.spec);
  if (wanted === undefined) return false;
  const digest = wanted.of === 'artifact' ? body.artifactHash : body.payloadHash;
  if (digest === undefined || encodeHex(digest.digest) !== wanted.digest(digest.algorithm)) return false;
  return wanted.signatures.every(({ signature, verifier }) =>
    body.signatures.some(
      (logged) =>
        (logged.signature === undefined || (signature !== undefined && sameBytes(logged.signature, signature))) &&
        (verifier === undefined || sameBytes(logged.verifier.der, verifier)),
    ),
  );
}

interface Wanted {
  readonly of: 'artifact' | 'payload';
  readonly digest: (algorithm: EntryHash['algorithm']) => string | undefined;
  readonly signatures: readonly {
    readonly signature: Uint8Array | undefined;
    readonly verifier: Uint8Array | undefined;
  }[];
}

const READERS: Readonly<Record<string, (spec: ProposedEntry['spec']) => Wanted | undefined>> = {
  'hashedrekord/0.0.1': readRecord,
  'rekord/0.0.1': readRecord,
  'dsse/0.0.1': readDsse,
  'intoto/0.0.1': readIntoto,
  'intoto/0.0.2': readIntotoV2,
};

function readRecord(spec: ProposedEntry['spec']): Wanted | undefined {
  const value = at(spec, 'data', 'hash', 'value');
  const signature = bytesOf(at(spec, 'signature', 'content'));
  const verifier = derOf(at(spec, 'signature', 'publicKey', 'content'));
  if (typeof value !== 'string' || signature === undefined || verifier === undefined) return undefined;
  return { of: 'artifact', digest: () => value.toLowerCase(), signatures: [{ signature, verifier }] };
}

function readDsse(spec: ProposedEntry['spec']): Wanted | undefined {
  const envelope = jsonOf(at(spec, 'proposedContent', 'envelope'));
  const verifiers = at(spec, 'proposedContent', 'verifiers');
  const signatures = at(envelope, 'signatures');
  const payload = bytesOf(at(envelope, 'payload'));
  if (payload === undefined || !Array.isArray(signatures) || !Array.isArray(verifiers)) return undefined;
  // The entry doesn't say which verifier belongs to which signature; only the signatures bind.
  return {
    of: 'payload',
    digest: digestOf(payload),
    signatures: signatures.map((one: unknown) => ({ signature: bytesOf(at(one, 'sig')), verifier: undefined })),
  };
}

function readIntoto(spec: ProposedEntry['spec']): Wanted | undefined {
  const payload = bytesOf(at(jsonOf(at(spec, 'content', 'envelope')), 'payload'));
  const verifier = derOf(at(spec, 'publicKey'));
  if (payload === undefined || verifier === undefined) return undefined;
  return { of: 'payload', digest: digestOf(payload), signatures: [{ signature: undefined, verifier }] };
}

/** Its payload and signatures are encoded in base64 twice. */
function readIntotoV2(spec: ProposedEntry['spec']): Wanted | undefined {
  const payload = twice(at(spec, 'content', 'envelope', 'payload'));
  const signatures = at(spec, 'content', 'envelope', 'signatures');
  if (payload === undefined || !Array.isArray(signatures)) return undefined;
  return {
    of: 'payload',
    digest: digestOf(payload),
    signatures: signatures.map((one: unknown) => ({
      signature: twice(at(one, 'sig')),
      verifier: derOf(at(one, 'publicKey')),
    })),
  };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Readonly<Record<string, unknown>>)[name]
        : undefined,
    value,
  );
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? decodeBase64(value) : undefined;
}

function twice(value: unknown): Uint8Array | undefined {
  const inner = bytesOf(value);
  return inner === undefined ? undefined : bytesOf(Buffer.from(inner).toString('latin1'));
}

function derOf(value: unknown): Uint8Array | undefined {
  const pem = bytesOf(value);
  return pem === undefined ? undefined : decodePem(pem)?.der;
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined; // text that is not an envelope matches nothing
  }
}

function digestOf(bytes: Uint8Array): (algorithm: EntryHash['algorithm']) => string {
  return (algorithm) => createHash(algorithm).update(bytes).digest('hex');
}
