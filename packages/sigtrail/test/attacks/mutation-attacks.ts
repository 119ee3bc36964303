import { createTimestampAuthority } from '@sigtrail/testing';
import type { Attack } from './attack.ts';
import { entryOf, proofOf, tokensOf } from './edits.ts';
import { honest } from './made.ts';
import { ARTIFACT } from './world.ts';

const message = { content: 'message', artifact: ARTIFACT } as const;

/** What `@sigstore/verify` accepts changed, because nothing signs it. */
export const MUTATION_ATTACKS: readonly Attack[] = [
  {
    row: 'inclusionProof.rootHash',
    attack: 'another root hash beside the proof',
    code: 'log-checkpoint-mismatch',
    attacked: ({ bundle }) =>
      bundle({ edit: (made) => (proofOf(made).rootHash = Buffer.alloc(32).toString('base64')) }),
    honest,
  },
  {
    row: 'inclusionProof.treeSize',
    attack: 'another tree size beside the proof',
    code: 'log-checkpoint-mismatch',
    attacked: ({ bundle }) => bundle({ edit: (made) => (proofOf(made).treeSize = '999') }),
    honest,
  },
  {
    row: 'logIndex of Rekor v2',
    attack: 'another global index, which no promise covers',
    code: 'says-no-more',
    attacked: async ({ bundle, sigstore }) => {
      const { states, candidates } = await bundle({
        sign: { logs: [sigstore.rekor2] },
        edit: (made) => (entryOf(made).logIndex = '999999'),
      });
      // The signature is as good as before; the attack is that the report repeats the index.
      const repeated = states?.log.some(({ logIndex }) => logIndex === 999_999) ?? true;
      return { accepted: repeated, codes: repeated ? [] : ['says-no-more'], candidates };
    },
    honest: ({ bundle, sigstore }) => bundle({ sign: { logs: [sigstore.rekor2] } }),
  },
  {
    row: 'messageDigest.algorithm',
    attack: 'no digest algorithm',
    code: 'bundle-malformed',
    attacked: ({ bundle }) =>
      bundle({
        sign: message,
        edit: ({ messageSignature }) => Reflect.deleteProperty(messageSignature?.messageDigest ?? {}, 'algorithm'),
      }),
    honest: ({ bundle }) => bundle({ sign: message }),
  },
  {
    row: 'messageDigest.algorithm',
    attack: 'another digest algorithm',
    code: 'bundle-malformed',
    attacked: ({ bundle }) =>
      bundle({
        sign: message,
        edit: ({ messageSignature }) => {
          if (messageSignature !== undefined) messageSignature.messageDigest.algorithm = 'SHA2_512';
        },
      }),
    honest: ({ bundle }) => bundle({ sign: message }),
  },
  {
    row: 'unsigned bytes of a token',
    attack: 'bytes behind a timestamp',
    code: 'timestamp-malformed',
    attacked: ({ bundle, sigstore }) =>
      bundle({
        sign: { timestamps: [sigstore.tsa] },
        edit: (made) => {
          for (const token of tokensOf(made))
            token.signedTimestamp = Buffer.concat([
              Buffer.from(token.signedTimestamp, 'base64'),
              Buffer.of(5, 0),
            ]).toString('base64');
        },
      }),
    honest: ({ bundle, sigstore }) => bundle({ sign: { timestamps: [sigstore.tsa] } }),
  },
  {
    row: 'unsigned bytes of a token',
    attack: 'a status of the answer that grants nothing',
    code: 'timestamp-malformed',
    attacked: ({ bundle, sigstore }) => bundle({ sign: { timestamps: [{ authority: sigstore.tsa, status: 2 }] } }),
    honest: ({ bundle, sigstore }) => bundle({ sign: { timestamps: [{ authority: sigstore.tsa, status: 0 }] } }),
  },
  {
    row: 'unsigned bytes of a token',
    attack: 'a certificate in the token of an untrusted authority',
    code: 'timestamp-authority-unknown',
    attacked: async ({ bundle, sigstore }) => {
      const authority = await createTimestampAuthority({ now: sigstore.now, name: 'evil.test' });
      return bundle({ sign: { logs: [sigstore.rekor2], timestamps: [{ authority, embedCertificate: true }] } });
    },
    honest: ({ bundle, sigstore }) =>
      bundle({ sign: { logs: [sigstore.rekor2], timestamps: [{ authority: sigstore.tsa, embedCertificate: true }] } }),
  },
  {
    row: 'text after the signatures',
    attack: 'text behind the signatures of a checkpoint',
    code: 'log-checkpoint-malformed',
    attacked: ({ bundle }) =>
      bundle({
        edit: (made) => {
          const { checkpoint } = proofOf(made);
          if (checkpoint !== undefined) checkpoint.envelope += 'anything\n';
        },
      }),
    honest,
  },
  {
    row: 'v0.1 inclusionProof',
    attack: 'no inclusion proof in a bundle of version 0.2',
    code: 'bundle-inclusion-proof-missing',
    attacked: ({ bundle }) =>
      bundle({ sign: { version: '0.2' }, edit: (made) => Reflect.deleteProperty(entryOf(made), 'inclusionProof') }),
    // In v0.1 the proof is optional: the promise stands for it, and the report says that no inclusion was verified.
    honest: ({ bundle }) =>
      bundle({ sign: { version: '0.1' }, edit: (made) => Reflect.deleteProperty(entryOf(made), 'inclusionProof') }),
  },
  ...['.v0.9+json', '.v1.0+json', '+json;version=9.9', '.v0.3+json and more'].map(
    (suffix): Attack => ({
      row: 'media-type suffix',
      attack: `a media type that ends ${suffix}`,
      code: 'bundle-version-unknown',
      attacked: ({ bundle }) =>
        bundle({ edit: (made) => (made.mediaType = `application/vnd.dev.sigstore.bundle${suffix}`) }),
      honest,
    }),
  ),
];
