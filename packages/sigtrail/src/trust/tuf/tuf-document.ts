import { createHash } from 'node:crypto';
import * as z from 'zod';

/** What of a signed document is read here; tuf-js has verified it. */
const Document = z.object({
  signed: z.object({
    version: z.int().positive(),
    expires: z.string(),
    consistent_snapshot: z.boolean().optional(),
  }),
});

/** Version, expiry and layout of a TUF document. */
export interface TufDocument {
  readonly version: number;
  readonly expires: Date;
  readonly consistentSnapshot: boolean;
}

/** Reads a document's own words about itself; not verified. @throws ZodError, SyntaxError */
export function decodeTufDocument(bytes: Uint8Array): TufDocument {
  const { signed } = Document.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const expires = new Date(signed.expires);
  if (Number.isNaN(expires.getTime())) throw new SyntaxError('"expires" is not a time');
  return { version: signed.version, expires, consistentSnapshot: signed.consistent_snapshot ?? false };
}

/** What a repository signed about a target. */
export interface SignedTarget {
  readonly path: string;
  readonly length: number;
  readonly hashes: Readonly<Record<string, string>>;
}

/** Are these the bytes that the repository signed? At least one hash that is known here, and all of those. */
export function isTarget(bytes: Uint8Array, { length, hashes }: SignedTarget): boolean {
  const known = Object.entries(hashes).filter(([name]) => name === 'sha256' || name === 'sha512');
  return (
    bytes.length === length &&
    known.length > 0 &&
    known.every(([name, hex]) => createHash(name).update(bytes).digest('hex') === hex)
  );
}

/** Where a target lies: with consistent snapshots its hash is part of its name (TUF specification §6.2). */
export function targetAddress(mirror: string, target: SignedTarget, consistentSnapshot: boolean): string {
  const parts = target.path.split('/').map(encodeURIComponent);
  const name = parts.pop() ?? '';
  const prefix = consistentSnapshot ? `${target.hashes['sha256'] ?? Object.values(target.hashes)[0] ?? ''}.` : '';
  return `${mirror}/targets/${[...parts, `${prefix}${name}`].join('/')}`;
}
