import {
  createLog,
  createTimestampAuthority,
  generateKeyPair,
  type TimestampAuthorityOptions,
  type TimestampUse,
} from '@sigtrail/testing';
import type { Attack } from './attack.ts';
import { end, proofOf } from './edits.ts';
import { honest, type Try } from './made.ts';
import { ARTIFACT, IDENTITY, NOW } from './world.ts';

const stamped: Try = (world) => world.bundle({ sign: { timestamps: [world.sigstore.tsa] } });
const authorityWith =
  (options: TimestampAuthorityOptions): Try =>
  async (world) => {
    const authority = await createTimestampAuthority({ now: NOW, ...options });
    return world.bundle({ sign: { timestamps: [authority] }, trusted: { timestampAuthorities: [authority] } });
  };
const tokenWith =
  (use: Partial<TimestampUse>): Try =>
  ({ bundle, sigstore }) =>
    bundle({ sign: { timestamps: [{ authority: sigstore.tsa, ...use }] } });
const requiring =
  (require: object): Try =>
  ({ bundle }) =>
    bundle({ policy: { signedBy: IDENTITY, require } });

/** What `@sigstore/verify` accepts of timestamps and logs, and should not. */
export const STOCK_LOG_ATTACKS: readonly Attack[] = [
  ...(
    [
      ['no purpose', { eku: [] }],
      ['the purpose code signing', { eku: ['1.3.6.1.5.5.7.3.3'] }],
      ['a purpose that is not critical', { ekuCritical: false }],
    ] as const
  ).map(
    ([what, options]): Attack => ({
      row: 'TSA purpose',
      attack: `a timestamp authority with ${what}`,
      code: 'timestamp-purpose',
      attacked: authorityWith(options),
      honest: authorityWith({}),
    }),
  ),
  {
    row: 'TSA ESSCertID',
    attack: 'a token that names another signing certificate',
    code: 'timestamp-signing-certificate',
    attacked: tokenWith({ essCertId: 'wrong' }),
    honest: stamped,
  },
  {
    row: 'TSA PKIStatus',
    attack: 'a token in an answer of rejection',
    code: 'timestamp-malformed',
    attacked: tokenWith({ status: 2 }),
    honest: stamped,
  },
  {
    row: 'checkpoint beside the proof',
    attack: 'a root hash that is not the checkpoint’s',
    code: 'log-checkpoint-mismatch',
    attacked: ({ bundle }) =>
      bundle({ edit: (made) => (proofOf(made).rootHash = Buffer.alloc(32).toString('base64')) }),
    honest,
  },
  {
    row: 'checkpoint name',
    attack: 'a checkpoint under the log’s name, signed with another key',
    code: 'log-checkpoint-unsigned',
    attacked: ({ bundle, sigstore }) => {
      const { host, entries, treeId } = sigstore.rekor;
      const forger = createLog({ version: 1, host, treeId, key: generateKeyPair('p256'), entries });
      return bundle({
        edit: (made) => {
          const proof = proofOf(made);
          proof.checkpoint = { envelope: forger.checkpoint(Number(proof.treeSize)) };
        },
      });
    },
    honest,
  },
  {
    row: 'log key window of v2',
    attack: 'a Rekor v2 entry of a log whose key ended in 2002',
    code: 'log-not-valid',
    attacked: ({ bundle, sigstore }) =>
      bundle({
        sign: { logs: [sigstore.rekor2] },
        root: ({ tlogs }) => tlogs.forEach(({ publicKey }) => end(publicKey.validFor)),
      }),
    honest: ({ bundle, sigstore }) => bundle({ sign: { logs: [sigstore.rekor2] } }),
  },
  ...(['rekor', 'rekor2'] as const).flatMap((name) =>
    (['dsse', 'message'] as const).map(
      (content): Attack => ({
        row: 'log entry names another signer',
        attack: `a ${content === 'dsse' ? 'DSSE' : 'message'} entry of Rekor ${name === 'rekor' ? 'v1' : 'v2'} that names another certificate`,
        code: 'log-entry-key-mismatch',
        attacked: async ({ bundle, sigstore }) =>
          bundle({
            sign: {
              ...(content === 'message' ? { content, artifact: ARTIFACT } : {}),
              logs: [{ log: sigstore[name], verifier: await sigstore.issueCertificate() }],
            },
          }),
        honest: ({ bundle, sigstore }) =>
          bundle({
            sign: { ...(content === 'message' ? { content, artifact: ARTIFACT } : {}), logs: [sigstore[name]] },
          }),
      }),
    ),
  ),
  {
    row: 'thresholds count entries',
    attack: 'two entries of one log for two logs',
    code: 'log-missing',
    attacked: ({ bundle, sigstore }) =>
      bundle({
        sign: { logs: [sigstore.rekor, { log: sigstore.rekor, kind: 'intoto' }] },
        policy: { signedBy: IDENTITY, require: { log: 2 } },
      }),
    honest: ({ bundle, sigstore }) =>
      bundle({
        sign: { logs: [sigstore.rekor, sigstore.rekor2] },
        policy: { signedBy: IDENTITY, require: { log: 2 } },
      }),
  },
  ...([Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY] as const).map(
    (log): Attack => ({
      row: 'NaN thresholds',
      attack: `a requirement of ${log} logs`,
      code: 'invalid-option',
      attacked: requiring({ log }),
      honest: requiring({ log: 1 }),
    }),
  ),
  {
    row: 'no limits',
    attack: '33 log entries',
    code: 'bundle-malformed',
    attacked: ({ bundle }) =>
      bundle({
        edit: ({ verificationMaterial }) => {
          const [entry] = verificationMaterial.tlogEntries;
          if (entry !== undefined) verificationMaterial.tlogEntries = Array.from({ length: 33 }, () => entry);
        },
      }),
    honest,
  },
];
