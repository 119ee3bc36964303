import type { KeyObject } from 'node:crypto';
import { requireList, requireObject } from '@sigtrail/encoding';
import type { TrustedLog } from '../note/trusted-log.ts';
import type { LogEntryBody } from './entry-body.ts';

/** A form of entry that Rekor v2 once wrote, and writes no longer. */
interface RetiredForm {
  readonly name: string;
  /** When the server stopped writing it, and the change that stopped it. */
  readonly since: string;
  readonly source: string;
  readonly isFormOf: (body: LogEntryBody) => boolean;
}

const FORMS: readonly RetiredForm[] = [
  {
    name: 'entries of kind dsse 0.0.2',
    since: '2026-06-09',
    source: 'sigstore/rekor-tiles#744',
    isFormOf: ({ kind, apiVersion }) => kind === 'dsse' && apiVersion === '0.0.2',
  },
  {
    name: 'entries with a pure Ed25519 signature',
    since: '2026-08-19',
    source: 'sigstore/rekor-tiles#927',
    isFormOf: (body) =>
      body.kind !== 'unknown' && body.signatures.some(({ verifier }) => verifier.keyDetails === 'PKIX_ED25519'),
  },
];

/**
 * Sigstore's shards of Rekor v2 that were there before 2026-06-09, by their keys (SPKI). Addresses, keys and starts are those of
 * `trusted_root.json` in sigstore/root-signing (2026-11-22) and sigstore/root-signing-staging. The list is closed: a shard that started
 * later, such as log2026-1.us-east4.rekor.sigstage.dev (2026-06-12), never wrote a retired form.
 */
const SHARDS_THAT_WROTE_THEM: readonly { readonly host: string; readonly start: string; readonly spki: string }[] = [
  {
    host: 'log2025-alpha1.rekor.sigstage.dev',
    start: '2025-04-16',
    spki: 'MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=',
  },
  {
    host: 'log2025-alpha2.rekor.sigstage.dev',
    start: '2025-08-08',
    spki: 'MCowBQYDK2VwAyEAkrA8Ou2FtN7kYXCP/lpvF8vQrvh4nj+91+PWOGGzfGc=',
  },
  {
    host: 'log2025-alpha3.rekor.sigstage.dev',
    start: '2025-09-22',
    spki: 'MCowBQYDK2VwAyEAlD3dVc8yaP25mPtT/sJ59D3LLxGBgW/qYrM6x6KmOqk=',
  },
  {
    host: 'log2025-1.rekor.sigstore.dev',
    start: '2025-09-23',
    spki: 'MCowBQYDK2VwAyEAt8rlp1knGwjfbcXAYPYAkn0XiLz1x8O4t0YkEhie244=',
  },
];

/**
 * Why an entry's form does not count in this log; `undefined` where it does. Sigstore's own shards are held to what they wrote when. A private log
 * may run an older server, and may write the retired forms, unless the trusted root says `refuseRetiredEntries` of it. `listings` are all places where
 * the trusted root lists the log's key: the strictest decides.
 *
 * @example whyRetired(parseEntryBody(entry.body), trustedLogs.filter(({ publicKey }) => publicKey.equals(log.publicKey)))
 */
export function whyRetired(body: LogEntryBody, listings: readonly TrustedLog[]): string | undefined {
  requireObject(body, 'whyRetired', 'body', ['kind']);
  requireList(listings, 'whyRetired', 'listings');
  const form = FORMS.find(({ isFormOf }) => isFormOf(body));
  if (form === undefined) return undefined;
  const what = `Rekor v2 stopped writing ${form.name} on ${form.since} (${form.source})`;
  const strict = listings.find(({ refuseRetiredEntries }) => refuseRetiredEntries === true);
  if (strict !== undefined)
    return `${what}, and the trusted root says "refuseRetiredEntries" of the log ${strict.baseUrl ?? ''}`.trimEnd();
  const shard = listings.find((log) => isOfSigstore(log) && !wroteThem(log.publicKey));
  return shard === undefined ? undefined : `${what}; Sigstore’s shard ${shard.baseUrl ?? ''} never wrote them`;
}

const SIGSTORE_HOSTS: readonly string[] = ['rekor.sigstore.dev', 'rekor.sigstage.dev'];

/** By what the trusted root says, which the user chose; a stranger can't make a log more or less public. */
function isOfSigstore({ baseUrl, operator }: TrustedLog): boolean {
  if (operator === 'sigstore.dev') return true;
  const host = /^https?:\/\/([^/:?#]+)/i.exec(baseUrl ?? '')?.[1]?.toLowerCase();
  return host !== undefined && SIGSTORE_HOSTS.some((known) => host === known || host.endsWith(`.${known}`));
}

function wroteThem(publicKey: KeyObject): boolean {
  return SHARDS_THAT_WROTE_THEM.some(
    ({ spki }) => spki === publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  );
}
