import { createHash } from 'node:crypto';
import type { BundleJson, EntryBody, FakeSigstore, Signer } from '@sigtrail/testing';
import type { Candidate } from '../../src/evidence/candidate.ts';
import { artifact, digest, ended, entryOf, flipped, loggedAs, now, proofOf, repeatEntry } from '../attempt.ts';
import type { Asked, Case } from './asked.ts';

const earlier = new Date(now.getTime() - 3_600_000);
const other = Buffer.from('something else');
const otherDigest = createHash('sha256').update(other).digest('hex');
const zeros = Buffer.alloc(32).toString('base64');
const image = { kind: 'image', digest, manifest: artifact } as const;

/** Log entries. */
export const LOG_CASES: readonly Case[] = [
  [
    'log-unknown',
    'a log that the trusted root does not have',
    ({ tsa }) => ({ sign: { timestamps: [tsa] }, root: (root) => void (root.tlogs = []) }),
  ],
  [
    'log-inclusion-missing',
    'an entry with neither promise nor proof',
    ({ tsa }) => ({
      sign: { timestamps: [tsa] },
      read: (candidate) => ({
        ...candidate,
        original: withoutProof(candidate.original),
        logEntries: candidate.logEntries.map(({ logId, logIndex, kind, version, body }) => ({
          logId,
          logIndex,
          kind,
          version,
          body,
        })),
      }),
    }),
  ],
  [
    'log-set-invalid',
    'another integrated time than the log promised',
    () => ({
      edit: (bundle) => void (entryOf(bundle).integratedTime = String(Number(entryOf(bundle).integratedTime) + 1)),
    }),
  ],
  [
    'log-checkpoint-malformed',
    'a malformed checkpoint',
    () => ({ edit: (bundle) => void (proofOf(bundle).checkpoint = { envelope: 'nothing' }) }),
  ],
  [
    'log-checkpoint-unsigned',
    'a checkpoint with another key’s hint',
    () => withCheckpointSignature((sig) => flipFirst(sig)),
  ],
  [
    'log-checkpoint-unsigned',
    'a checkpoint that the log’s key signed under another name than its origin',
    () => ({
      edit: (bundle) => {
        const { checkpoint } = proofOf(bundle);
        if (checkpoint !== undefined)
          checkpoint.envelope = checkpoint.envelope.replace(/\u2014 \S+ /, '\u2014 other.example ');
      },
    }),
  ],
  ['log-checkpoint-invalid', 'a checkpoint with another signature', () => withCheckpointSignature(flipped)],
  [
    'log-checkpoint-mismatch',
    'a proof for another root than the checkpoint’s',
    () => ({ edit: (bundle) => void (proofOf(bundle).rootHash = zeros) }),
  ],
  [
    'log-inclusion-invalid',
    'a proof with another hash',
    () => ({ edit: (bundle) => void (proofOf(bundle).hashes[0] = zeros) }),
  ],
  [
    'log-entry-malformed',
    'a logged body without a signature',
    (sigstore) => loggedAs(sigstore, /"signature":"[^"]+"/, '"signature":7'),
  ],
  [
    'log-entry-kind-mismatch',
    'a version beside the body that is another',
    () => ({ edit: (bundle) => void (entryOf(bundle).kindVersion.version = '0.0.2') }),
  ],
  [
    'log-entry-kind-unknown',
    'an entry of an unknown kind',
    (sigstore) => stamped(sigstore, loggedAs(sigstore, /"kind":"dsse"/, '"kind":"novel"')),
  ],
  [
    'log-entry-retired',
    'an entry of kind `dsse` 0.0.2 in a shard of Sigstore’s that never wrote it',
    (sigstore) =>
      retired(sigstore, ({ tlogs }) =>
        tlogs.forEach((log) => void (log.baseUrl = 'https://log2027-1.rekor.sigstore.dev')),
      ),
  ],
  [
    'log-entry-retired',
    'an entry of kind `dsse` 0.0.2 in a private log that may not have any',
    (sigstore) => retired(sigstore, ({ tlogs }) => tlogs.forEach((log) => void (log.refuseRetiredEntries = true))),
  ],
  [
    'log-entry-signature-mismatch',
    'an entry about another signature',
    (sigstore) => loggedAs(sigstore, /"signature":"[^"]+"/, `"signature":"${other.toString('base64')}"`),
  ],
  [
    'log-entry-key-mismatch',
    'an entry about another certificate',
    async (sigstore) => ({
      sign: { logs: [{ log: sigstore.rekor, verifier: await sigstore.issueCertificate() }] },
    }),
  ],
  [
    'log-entry-hash-mismatch',
    'an entry about other bytes',
    (sigstore) => loggedAs(sigstore, /("payloadHash":\{[^}]*"value":")[0-9a-f]+/, `$1${otherDigest}`),
  ],
  [
    'log-entry-envelope-mismatch',
    'a `.att` layer that was written anew after it was logged',
    () => ({
      attestation: { tamper: { payload: (envelope) => Buffer.concat([envelope, Buffer.from('\n')]) } },
      context: { subject: image },
    }),
  ],
  [
    'log-entry-signature-mismatch',
    'a rekord about another signature',
    (sigstore) => inRekord(sigstore, /"content":"[^"]+","format"/, `"content":"${other.toString('base64')}","format"`),
  ],
  [
    'log-entry-key-mismatch',
    'a rekord about another certificate',
    async (sigstore) => inRekord(sigstore, /$/, '', await sigstore.issueCertificate()),
  ],
  [
    'log-entry-hash-mismatch',
    'a rekord about other bytes',
    (sigstore) => inRekord(sigstore, /("value":")[0-9a-f]+/, `$1${otherDigest}`),
  ],
  [
    'subject-mismatch',
    'a rekord with a signature of another image',
    (sigstore) => {
      const { layer, ...made } = inRekord(sigstore, /$/, '');
      return { ...made, layer: { ...layer, imageDigest: `sha256:${'0'.repeat(64)}` } };
    },
  ],
  ['log-entry-duplicate', 'an entry that is there twice', () => ({ edit: repeatEntry })],
  [
    'log-not-valid',
    'a log that was not used any more',
    ({ tsa }) => ({
      sign: { timestamps: [tsa] },
      root: (root) => root.tlogs.forEach(({ publicKey }) => ended(publicKey.validFor)),
    }),
  ],
  [
    'log-time-in-future',
    'an entry dated in the future',
    ({ ctLog }) => ({ certificate: { scts: [{ log: ctLog, at: earlier }] }, now: earlier }),
  ],
  ['log-missing', 'no log entry', ({ tsa }) => ({ sign: { logs: [], timestamps: [tsa] } })],
];

/** An envelope that a private log of Rekor v2 wrote as early versions of it did. */
function retired({ rekor2, tsa }: FakeSigstore, root: NonNullable<Asked['root']>): Asked {
  return { sign: { logs: [{ log: rekor2, kind: 'dsse' }], timestamps: [tsa] }, root };
}

/** A `.sig` layer as of 2021. The log signs what it is made to say. */
function inRekord(
  { rekor }: FakeSigstore,
  from: RegExp,
  to: string,
  verifier?: Signer,
): Asked & { readonly layer: NonNullable<Asked['layer']> } {
  const body = (right: EntryBody): EntryBody => JSON.parse(JSON.stringify(right).replace(from, to)) as EntryBody;
  const named = verifier === undefined ? {} : { verifier };
  return { layer: { rekor: { log: rekor, kind: 'rekord', body, ...named } }, context: { subject: image } };
}

function stamped({ tsa }: FakeSigstore, made: Asked): Asked {
  return { ...made, sign: { ...made.sign, timestamps: [tsa] } };
}

/** As the second judge is to see it: our own parser refuses such a bundle before there is a candidate. */
function withoutProof(original: Candidate['original']): Candidate['original'] {
  if (original.kind !== 'bundle') return original;
  const bundle = JSON.parse(Buffer.from(original.json).toString('utf8')) as BundleJson;
  const { inclusionPromise: _, inclusionProof: __, ...entry } = entryOf(bundle);
  bundle.verificationMaterial.tlogEntries = [entry];
  return { kind: 'bundle', json: JSON.stringify(bundle) };
}

function withCheckpointSignature(edit: (signature: Buffer) => Buffer): Asked {
  return {
    edit: (bundle) => {
      const { checkpoint } = proofOf(bundle);
      if (checkpoint !== undefined)
        checkpoint.envelope = checkpoint.envelope.replace(
          /^(— \S+ )(\S+)$/gm,
          (_, name: string, signature: string) => name + edit(Buffer.from(signature, 'base64')).toString('base64'),
        );
    },
  };
}

function flipFirst(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of((bytes[0] ?? 0) ^ 1), bytes.subarray(1)]);
}
