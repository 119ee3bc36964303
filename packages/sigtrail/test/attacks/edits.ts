import type { BundleJson, EntryBody, LogUse, TransparencyLog } from '@sigtrail/testing';
import { type BundleCase, DIGEST } from './world.ts';

type Entry = BundleJson['verificationMaterial']['tlogEntries'][number];

/** The first log entry. */
export function entryOf(bundle: BundleJson): Entry {
  const [entry] = bundle.verificationMaterial.tlogEntries;
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

/** Its inclusion proof. */
export function proofOf(bundle: BundleJson): NonNullable<Entry['inclusionProof']> {
  const { inclusionProof } = entryOf(bundle);
  if (inclusionProof === undefined) throw new Error('no proof');
  return inclusionProof;
}

/** The timestamps as they are in a bundle; writable. */
export function tokensOf(bundle: BundleJson): { signedTimestamp: string }[] {
  return bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
}

/** Another last bit, as base64. */
export function flip(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  return bytes.toString('base64');
}

/** Ended long ago. */
export function end(window: { start?: string; end?: string }): void {
  window.start = '2001-01-01T00:00:00Z';
  window.end = '2002-01-01T00:00:00Z';
}

/** A log that records another text than the right one, and signs that. */
export function lying(log: TransparencyLog, from: RegExp, to: string): LogUse {
  return { log, body: (body) => JSON.parse(JSON.stringify(body).replace(from, to)) as EntryBody };
}

/** So many copies. */
export function repeat<T>(list: T[], count: number): void {
  const [first] = list;
  if (first !== undefined) list.splice(0, list.length, ...Array.from({ length: count }, () => first));
}

/** The statement with its text changed before it is signed. */
export function statement(text: string): BundleCase {
  return { sign: { statement: Buffer.from(text) } };
}

/** The text of a statement with so many subjects, all of them the artifact. */
export function subjects(count: number): string {
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: Array.from({ length: count }, () => ({ digest: { sha256: DIGEST.slice(7) } })),
    predicateType: 'https://spdx.dev/Document',
  });
}
