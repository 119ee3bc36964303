import { createHash } from 'node:crypto';
import { z } from 'zod';

import type { Asker } from './ask.ts';
import { encodeBase64 } from '@sigtrail/encoding';
import { RekorError, isRekorError } from '../error.ts';
import { optionError } from '@sigtrail/encoding';
import { checkOptions } from '../options.ts';
import { parseAnswer } from '../entry/log-entry.ts';
import { decodePem, encodePem } from '../note/pem.ts';
import type { RekorCallOptions } from './rekor.ts';
import type { SearchAnswer, SearchKeyMaterial, SearchQuery } from './search.ts';

const Query = z.strictObject({
  hash: z.exactOptional(
    z.string().regex(/^(?:(?:sha512:)?[0-9a-fA-F]{128}|(?:sha256:)?[0-9a-fA-F]{64}|(?:sha1:)?[0-9a-fA-F]{40})$/),
  ),
  email: z.exactOptional(z.string().min(3).max(512).regex(/@/)),
  subject: z.exactOptional(z.string().min(1).max(512)),
  publicKey: z.exactOptional(
    z.strictObject({
      format: z.enum(['x509', 'pgp', 'minisign', 'ssh', 'tuf']),
      content: z.instanceof(Uint8Array).refine((content) => content.byteLength > 0, 'must not be empty'),
    }),
  ),
  operator: z.exactOptional(z.enum(['and', 'or'])),
});

/** What goes over the wire. */
interface IndexRequest {
  readonly hash?: string;
  readonly email?: string;
  readonly subject?: string;
  readonly publicKey?: { readonly format: string; readonly content: string };
}

/** @throws TypeError `unknown-option`, `invalid-option`: malformed, or without a criterion */
export function checkQuery(query: SearchQuery): void {
  checkOptions('search', Query, query);
  const { hash, email, subject, publicKey } = query;
  if (hash === undefined && email === undefined && subject === undefined && publicKey === undefined)
    throw optionError(
      'invalid-option',
      'search: name a hash, email, subject or publicKey; an index can’t be read as a whole',
    );
}

/**
 * Asks the index (`POST /api/v1/index/retrieve`).
 *
 * A key is asked for in both of its forms: `hashedrekord` and `rekord` index the bare digest of its PEM, which the key search computes;
 * `dsse` and `intoto` index `sha256:<digest>`, which only a hash search finds.
 *
 * @throws TypeError for a query without a criterion, or a malformed one
 */
export async function searchIndex(asker: Asker, query: SearchQuery, call: RekorCallOptions): Promise<SearchAnswer> {
  checkQuery(query);
  const { hash, email, subject, publicKey, operator = 'or' } = query;
  const remarks: string[] = [];
  const ask = (request: IndexRequest): Promise<readonly string[]> => askIndex(asker, { ...request, operator }, call);
  const named: IndexRequest = {
    ...(hash === undefined ? {} : { hash: hash.toLowerCase() }),
    ...(email === undefined ? {} : { email }),
  };
  const subjects = subject === undefined ? undefined : () => askSubject(ask, subject, remarks);
  const keys = publicKey === undefined ? undefined : () => askKey(ask, publicKey, remarks);
  // One request for criteria with one slot each; the others are requested apart and combined here: that way a key's two forms and a subject's two
  // spellings stay one criterion.
  const parts = [
    ...(Object.keys(named).length === 0 ? [] : [ask(named)]),
    ...(subjects === undefined ? [] : [subjects()]),
    ...(keys === undefined ? [] : [keys()]),
  ];
  const sets = (await Promise.all(parts)).map((uuids) => new Set(uuids));
  const all = new Set(sets.flatMap((set) => [...set]));
  const uuids = operator === 'or' ? [...all] : [...all].filter((uuid) => sets.every((set) => set.has(uuid)));
  return { uuids: uuids.toSorted(), complete: false, remarks };
}

type Ask = (request: IndexRequest) => Promise<readonly string[]>;

/** Rekor 1.5.4 brought `subject`; an older server refuses or ignores it, and then the index of e-mail addresses has the same names. */
async function askSubject(ask: Ask, subject: string, remarks: string[]): Promise<readonly string[]> {
  const bySubject = await ask({ subject }).catch((error: unknown) => {
    if (isRekorError(error) && error.code === 'bad-request') return undefined;
    throw error;
  });
  if (bySubject !== undefined && bySubject.length > 0) return bySubject;
  if (!subject.includes('@') || subject.includes('/')) {
    if (bySubject === undefined)
      remarks.push('the log can’t search by subject, and this subject is not an e-mail address: not searched');
    return [];
  }
  remarks.push(
    bySubject === undefined
      ? 'the log can’t search by subject: asked as an e-mail address'
      : 'nothing by subject: asked as an e-mail address too, for a log that ignores "subject"',
  );
  return ask({ email: subject });
}

async function askKey(ask: Ask, key: SearchKeyMaterial, remarks: string[]): Promise<readonly string[]> {
  const digest = keyDigest(key);
  if (digest === undefined) remarks.push('the key is not PEM: dsse and intoto entries of it can’t be searched for');
  const publicKey = { format: key.format, content: encodeBase64(key.content) };
  const [own, prefixed] = await Promise.all([
    ask({ publicKey }),
    digest === undefined ? [] : ask({ hash: `sha256:${digest}` }),
  ]);
  return [...own, ...prefixed];
}

/** SHA-256 of a key's or certificate's canonical PEM: what Rekor indexes it under. `undefined` for anything but PEM. */
export function keyDigest({ format, content }: SearchKeyMaterial): string | undefined {
  if (format !== 'x509') return undefined;
  const verifier = decodePem(content);
  return verifier === undefined ? undefined : createHash('sha256').update(encodePem(verifier)).digest('hex');
}

async function askIndex(
  asker: Asker,
  request: IndexRequest & { readonly operator: 'and' | 'or' },
  { signal }: RekorCallOptions,
): Promise<readonly string[]> {
  const { body } = await asker.ask({ path: '/api/v1/index/retrieve', body: JSON.stringify(request), signal });
  const uuids: unknown = parseAnswer(body);
  if (!Array.isArray(uuids))
    throw new RekorError(
      'invalid-response',
      'the log’s search index answered with something other than a list of UUIDs',
    );
  return uuids.map((uuid: unknown) => {
    if (typeof uuid !== 'string' || !/^(?:[0-9a-fA-F]{16})?[0-9a-fA-F]{64}$/.test(uuid))
      throw new RekorError(
        'invalid-response',
        'the log’s search index answered with an item that is not a UUID of 64 or 80 hexadecimal digits',
      );
    return uuid.toLowerCase();
  });
}
