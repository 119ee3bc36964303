import { createHash, X509Certificate } from 'node:crypto';
import type { AppendedEntry } from './log.ts';

/** The search index of a Rekor v1: what it finds entries by. Not part of the log, and as unreliable as the real one. */
export interface RekorIndex {
  /** UUIDs under a key: `sha256:…`, a subject alternative name, or the bare digest of a PEM. */
  find(key: string): readonly string[];
  /** Files an entry under one more key, such as a material of a statement. */
  add(key: string, entry: AppendedEntry): void;
  /** Forgets an entry; the log still has it. */
  forget(entry: AppendedEntry): void;
}

/** Keys that are read from bodies each time, and those that were added. */
export function createIndex(entries: () => readonly AppendedEntry[]): RekorIndex {
  const added = new Map<string, AppendedEntry[]>();
  const forgotten = new Set<string>();
  return {
    find: (key) => {
      const wanted = key.toLowerCase();
      const found = [
        ...entries().filter((entry) => entry.subjects?.includes(wanted) === true || bodyKeys(entry).includes(wanted)),
        ...(added.get(wanted) ?? []),
      ].filter(({ uuid }) => !forgotten.has(uuid));
      return [...new Set(found.map(({ uuid }) => uuid))];
    },
    add: (key, entry) => void added.set(key.toLowerCase(), [...(added.get(key.toLowerCase()) ?? []), entry]),
    forget: ({ uuid }) => void forgotten.add(uuid),
  };
}

/** Digests, subject alternative names and keys in a body: whatever its kind, they stand under the same names. */
function bodyKeys({ body, kind }: AppendedEntry): readonly string[] {
  const keys: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const members = value as Readonly<Record<string, unknown>>;
    const { algorithm, value: hex } = members;
    if (typeof algorithm === 'string' && typeof hex === 'string') keys.push(`${algorithm}:${hex}`);
    for (const [name, inner] of Object.entries(members)) {
      if (typeof inner === 'string' && ['content', 'verifier', 'publicKey'].includes(name))
        keys.push(...pemKeys(inner, kind));
      walk(inner);
    }
  };
  walk(JSON.parse(body.toString()));
  return keys.map((key) => key.toLowerCase());
}

function pemKeys(base64: string, kind: string): readonly string[] {
  const pem = Buffer.from(base64, 'base64').toString('latin1');
  if (!pem.startsWith('-----BEGIN')) return [];
  const digest = createHash('sha256').update(pem).digest('hex');
  // The real one files keys of hashedrekord without, and of dsse and intoto with the name of the hash.
  const key = kind === 'hashedrekord' || kind === 'rekord' ? digest : `sha256:${digest}`;
  if (!pem.startsWith('-----BEGIN CERTIFICATE')) return [key];
  const names = new X509Certificate(pem).subjectAltName ?? '';
  return [key, ...names.split(', ').map((name) => name.replace(/^[A-Za-z]+:/, ''))];
}
