import { createHash } from 'node:crypto';

import { candidatePayloads } from '../entry/candidate-payloads.ts';
import { proposeHashedRekord } from '../entry/proposed-entry.ts';
import { optionError, requireList } from '@sigtrail/encoding';
import { checkKeys, isList } from '../options.ts';
import type { EntriesQuestion } from './rekor.ts';
import type { ProposedEntry, SearchKeyMaterial, SearchQuery } from './search.ts';

/** What is known of an image before a log is asked. Only a digest is required. */
export interface SearchEvidence {
  /** `sha256:…` of the image, and of each platform's manifest below it. */
  readonly digests: readonly string[];
  /** `registry/repository`: its classic payloads can be guessed. */
  readonly repository?: string;
  /** Signatures that the registry has. */
  readonly signatures?: readonly {
    /** The signed payload: simple signing, or the statement in an envelope. */
    readonly payload: Uint8Array;
    /** With both, the exact entry can be asked for. */
    readonly signature?: Uint8Array;
    readonly verifierPem?: string;
    /** Index that the signature's bundle names. */
    readonly logIndex?: number | bigint;
  }[];
  /** Who should have signed: subject alternative names. */
  readonly subjects?: readonly string[];
  /** Keys that should have signed. */
  readonly keys?: readonly SearchKeyMaterial[];
}

/** One way to find entries of an image in a log, and why it leads there. */
export type SearchKey = { readonly because: string } & (
  | { readonly kind: 'hash'; readonly hash: string; readonly about: 'image' | 'payload' | 'candidate' | 'envelope' }
  | { readonly kind: 'index'; readonly logIndex: number | bigint }
  | { readonly kind: 'entry'; readonly proposed: ProposedEntry }
  | { readonly kind: 'subject'; readonly subject: string }
  | { readonly kind: 'key'; readonly key: SearchKeyMaterial }
);

/**
 * Everything an image's entries could be found by. An image's digest alone finds envelopes and attestations; a classic cosign signature was
 * logged under the digest of its *payload*, which is taken from the registry's signatures or, without them, from what cosign would have
 * signed (`candidate`).
 *
 * @throws TypeError for text that is not a digest
 */
export function searchKeys(evidence: SearchEvidence): readonly SearchKey[] {
  checkKeys('evidence', evidence, ['digests', 'repository', 'signatures', 'subjects', 'keys']);
  const { digests, repository, signatures = [], subjects = [], keys = [] } = evidence;
  if (!isList(digests)) throw optionError('invalid-option', '"evidence.digests" must be a list');
  const wrong = digests.find((digest) => !/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(digest));
  if (wrong !== undefined) throw optionError('invalid-option', '"digests" must be sha256:<hex> or sha512:<hex>');
  const all: SearchKey[] = [
    ...digests.map((hash): SearchKey => ({ kind: 'hash', hash, about: 'image', because: 'digest of the image' })),
    ...signatures.flatMap(({ payload, signature, verifierPem, logIndex }): SearchKey[] => {
      const digest = createHash('sha256').update(payload).digest();
      const exact = signature !== undefined && verifierPem !== undefined;
      return [
        { kind: 'hash', hash: sha256(payload), about: 'payload', because: 'payload of a signature in the registry' },
        envelopeKey(payload, 'envelope of a signature in the registry'),
        ...(logIndex === undefined
          ? []
          : [{ kind: 'index' as const, logIndex, because: 'index that a bundle in the registry names' }]),
        ...(exact
          ? [
              {
                kind: 'entry' as const,
                proposed: proposeHashedRekord({ digest: { algorithm: 'sha256', digest }, signature, verifierPem }),
                because: 'content of a signature in the registry',
              },
            ]
          : []),
      ];
    }),
    ...digests.flatMap((image) =>
      candidatePayloads(image, repository).flatMap(({ bytes, kind }): SearchKey[] => {
        const because = `what cosign signs for ${image} (${kind})`;
        // The index knows a statement by its subject, which is asked for already.
        const about = kind === 'statement' ? 'envelope' : 'candidate';
        const payload: SearchKey = { kind: 'hash', hash: sha256(bytes), about, because };
        return kind === 'statement' ? [payload, envelopeKey(bytes, because)] : [payload];
      }),
    ),
    ...subjects.map((subject): SearchKey => ({ kind: 'subject', subject, because: 'expected signer' })),
    ...keys.map((key): SearchKey => ({ kind: 'key', key, because: 'expected key' })),
  ];
  const seen = new Set<string>();
  return all.filter((key) => {
    const name = nameOf(key);
    return !seen.has(name) && seen.add(name);
  });
}

/** Everything a log must be asked, in two steps that don't depend on each other, and one that fetches what the index led to. */
export interface TrackPlan {
  /** For the index of a Rekor v1. An expected signer alone says nothing about the image: search for it together with each digest. */
  readonly searches: readonly { readonly query: SearchQuery; readonly because: string }[];
  /** For `rekor.entries`: what is known by place or content. */
  readonly questions: readonly { readonly question: EntriesQuestion; readonly because: string }[];
  /** For a scan of Rekor v2: digests that an entry of the image may name. */
  readonly hashes: ReadonlySet<string>;
}

/**
 * Plans how to ask a log for search keys. Pure: give the parts to `search`, `entries` and `scan`.
 *
 * @example
 * const plan = trackKeys(searchKeys({ digests: [image.digest], repository: 'ghcr.io/acme/app' }));
 * const found = await Promise.all(plan.searches.map(({ query }) => rekor.search(query)));
 */
export function trackKeys(keys: readonly SearchKey[]): TrackPlan {
  requireList(keys, 'trackKeys', 'keys');
  const hashes = keys.flatMap((key) => (key.kind === 'hash' ? [key] : []));
  const signers = keys.flatMap((key): { query: SearchQuery; because: string }[] => {
    if (key.kind === 'subject') return [{ query: { subject: key.subject }, because: key.because }];
    return key.kind === 'key' ? [{ query: { publicKey: key.key }, because: key.because }] : [];
  });
  const images = hashes.filter(({ about }) => about === 'image');
  const questions = keys.flatMap((key): { question: EntriesQuestion; because: string }[] => {
    if (key.kind === 'index') return [{ question: { logIndex: key.logIndex }, because: key.because }];
    return key.kind === 'entry' ? [{ question: { proposed: key.proposed }, because: key.because }] : [];
  });
  return {
    searches: [
      // The index of a v1 doesn't know an envelope's encoding; the entries of a v2 are named by nothing else.
      ...hashes.filter(({ about }) => about !== 'envelope').map(({ hash, because }) => ({ query: { hash }, because })),
      ...signers.flatMap(({ query, because }) =>
        images.length === 0
          ? [{ query, because }]
          : images.map(({ hash }) => ({
              query: { ...query, hash, operator: 'and' as const },
              because: `${because}, of this image`,
            })),
      ),
    ],
    questions,
    hashes: new Set(hashes.map(({ hash }) => hash)),
  };
}

/** The digest under which Rekor v2 logs an envelope: that of its pre-authentication encoding (DSSE, protocol §2). */
function envelopeKey(payload: Uint8Array, because: string): SearchKey {
  const head = `DSSEv1 ${String(IN_TOTO.length)} ${IN_TOTO} ${String(payload.byteLength)} `;
  return { kind: 'hash', hash: sha256(Buffer.concat([Buffer.from(head), payload])), about: 'envelope', because };
}

const IN_TOTO = 'application/vnd.in-toto+json';

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function nameOf(key: SearchKey): string {
  switch (key.kind) {
    case 'hash':
      return key.hash;
    case 'index':
      return `index ${String(key.logIndex)}`;
    case 'entry':
      return JSON.stringify(key.proposed);
    case 'subject':
      return `subject ${key.subject}`;
    case 'key':
      return `key ${key.key.format} ${Buffer.from(key.key.content).toString('base64')}`;
  }
}
