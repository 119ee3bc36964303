import { signBytes } from '@sigtrail/testing';
import { glob } from '../../src/policy/pattern.ts';
import type { Attack } from './attack.ts';
import { repeat, statement, subjects } from './edits.ts';
import { byOperators, stampedTwice, underBothIds } from './duplicates.ts';
import { twoEntries } from './limit-attacks.ts';
import { classic, honest, layer, signed } from './made.ts';
import { ARTIFACT, type BundleCase, DIGEST, IDENTITY, NOW, OTHER_DIGEST } from './world.ts';

const SPDX = 'https://spdx.dev/Document';
const PAYLOAD_TYPE = 'application/vnd.in-toto+jsön';

/** One attack or more for each further advisory, and for what cosign’s HEAD does. */
export const LATER_ATTACKS: readonly Attack[] = [
  {
    row: 'GHSA-52v5-jr5w-gjxr',
    attack: 'an unknown field of a policy',
    code: 'unknown-option',
    attacked: ({ bundle }) =>
      bundle({ policy: { signedBy: { ...IDENTITY, certificateOIDs: { '1.3.6.1.4.1.57264.1.11': 'x' } } } }),
    honest,
  },
  {
    row: 'GHSA-52v5-jr5w-gjxr',
    attack: 'another value of a claim than the policy names',
    code: 'claim-mismatch',
    attacked: ({ bundle }) =>
      bundle({
        certificate: { claims: { '1.3.6.1.4.1.57264.1.11': 'self-hosted' } },
        policy: { signedBy: { ...IDENTITY, runnerEnvironment: 'github-hosted' } },
      }),
    honest: ({ bundle }) =>
      bundle({
        certificate: { claims: { '1.3.6.1.4.1.57264.1.11': 'github-hosted' } },
        policy: { signedBy: { ...IDENTITY, runnerEnvironment: 'github-hosted' } },
      }),
  },
  {
    row: 'GHSA-jfc7-64v2-mr8c',
    attack: 'a payload type whose length was signed in characters, not bytes',
    code: 'signature-invalid',
    attacked: async ({ bundle, sigstore }) => {
      const signer = await sigstore.issueCertificate();
      const payload = Buffer.from(subjects(1));
      const signature = signBytes(
        signer.key,
        Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]),
      );
      return bundle({
        signer,
        sign: { statement: payload, payloadType: PAYLOAD_TYPE, signature: () => signature },
      });
    },
    honest,
  },
  {
    row: '@sigstore/verify 3.1.1',
    attack: 'a time that the log did not promise, inside the certificate’s window',
    code: 'time-missing',
    attacked: ({ bundle, sigstore }) => bundle({ sign: { logs: [{ log: sigstore.rekor, promise: false }] } }),
    honest: ({ bundle, sigstore }) => bundle({ sign: { logs: [{ log: sigstore.rekor }] } }),
  },
  {
    row: '@sigstore/verify 4.1.1',
    attack: 'one entry twice, where two logs are asked for',
    code: 'log-entry-duplicate',
    attacked: ({ bundle }) =>
      bundle({
        edit: ({ verificationMaterial: { tlogEntries } }) => repeat(tlogEntries, 2),
        policy: { signedBy: IDENTITY, require: { log: 2 } },
      }),
    honest: twoEntries(true),
  },
  {
    row: 'GHSA-9vcr-p3rj-q5q6',
    attack: 'one entry of a Rekor v2 log under both of its ids, where two logs are asked for',
    code: 'log-entry-duplicate',
    attacked: underBothIds(true),
    honest: underBothIds(false),
  },
  {
    row: 'GHSA-9vcr-p3rj-q5q6',
    attack: 'two logs of one operator, where two are asked for',
    code: 'log-missing',
    attacked: byOperators('one.test', 'ONE.test'),
    honest: byOperators('one.test', 'two.test'),
  },
  {
    row: 'GHSA-9vcr-p3rj-q5q6',
    attack: 'a token under another status, where two authorities are asked for',
    code: 'timestamp-duplicate',
    attacked: stampedTwice(true),
    honest: stampedTwice(false),
  },
  {
    row: 'GHSA-9vcr-p3rj-q5q6',
    attack: 'one SCT under another signature',
    code: 'sct-duplicate',
    attacked: ({ bundle, sigstore: { ctLog } }) => bundle({ certificate: { scts: [{ log: ctLog }, { log: ctLog }] } }),
    honest: ({ bundle, sigstore: { ctLog } }) =>
      bundle({ certificate: { scts: [{ log: ctLog }, { log: ctLog, at: new Date(NOW.getTime() + 1000) }] } }),
  },
  {
    row: '@sigstore/verify 4.1.1',
    attack: 'bytes behind the end of the certificate’s DER',
    code: 'certificate-malformed',
    attacked: ({ bundle }) =>
      bundle({
        edit: ({ verificationMaterial: { certificate } }) => {
          if (certificate !== undefined)
            certificate.rawBytes = Buffer.concat([Buffer.from(certificate.rawBytes, 'base64'), Buffer.of(0)]).toString(
              'base64',
            );
        },
      }),
    honest,
  },
  {
    row: 'GHSA-59jp-pj84-45mr',
    attack: 'a host that only begins like the one in the pattern',
    code: 'identity-mismatch',
    attacked: ({ bundle }) =>
      bundle({
        certificate: { san: [{ kind: 'uri', value: 'https://github.com.evil.test/acme/app' }] },
        policy: { signedBy: { ...IDENTITY, subject: glob('https://github.com/**') } },
      }),
    honest: ({ bundle }) => bundle({ policy: { signedBy: { ...IDENTITY, subject: glob('https://github.com/**') } } }),
  },
  {
    row: 'GHSA-59jp-pj84-45mr',
    attack: 'an issuer that fits only where a dot is any character',
    code: 'issuer-mismatch',
    attacked: ({ bundle }) =>
      bundle({ certificate: { issuer: IDENTITY.issuer.replace('githubusercontent.com', 'githubusercontentXcom') } }),
    honest,
  },
  {
    row: 'gitsign CVE-2026-44309',
    attack: 'a bundle with one key twice, which two readers read differently',
    code: 'bundle-not-json',
    attacked: ({ bundle }) =>
      bundle({ text: (made) => JSON.stringify(made).replace('{', '{"mediaType":"application/json",') }),
    honest: ({ bundle }) => bundle({ text: (made) => JSON.stringify(made) }),
  },
  {
    row: 'gitsign CVE-2026-44309',
    attack: 'a signed statement with its subject twice',
    code: 'statement-malformed',
    attacked: ({ bundle }) => bundle(statement(subjects(1).replace('{', '{"subject":[],'))),
    honest: ({ bundle }) => bundle(statement(subjects(1))),
  },
  {
    row: 'sigstore-java CVE-2024-53267',
    attack: 'a statement about another artifact',
    code: 'subject-mismatch',
    attacked: ({ bundle }) => bundle({ sign: { statement: { imageDigest: OTHER_DIGEST } } }),
    honest,
  },
  {
    row: 'sigstore-java CVE-2024-53267',
    attack: 'a message signature of another artifact',
    code: 'subject-mismatch',
    attacked: ({ bundle }) => bundle({ sign: { content: 'message', artifact: Buffer.from('other') } }),
    honest: ({ bundle }) => bundle({ sign: { content: 'message', artifact: ARTIFACT } }),
  },
  {
    row: 'sigstore-java CVE-2024-53267',
    attack: 'a signature of another image beside this one',
    code: 'subject-mismatch',
    attacked: signed(() => ({ imageDigest: OTHER_DIGEST })),
    honest: classic,
  },
  {
    row: 'HEAD: predicate confusion',
    attack: 'an attestation where a signature is asked for',
    code: 'only-attestations',
    attacked: (world) =>
      world.image(({ attachBundle, sigstore, signer, digest }) =>
        attachBundle(sigstore.signBundle({ statement: { imageDigest: digest, predicateType: SPDX }, signer })),
      ),
    honest: (world) =>
      world.image(({ attachBundle, sigstore, signer, digest }) =>
        attachBundle(sigstore.signBundle({ statement: { imageDigest: digest }, signer })),
      ),
  },
  {
    row: 'HEAD: subject[0] is reported',
    attack: 'annotations of another subject than the one that matches',
    code: 'annotation-mismatch',
    attacked: ({ bundle }) => bundle(annotated('test', 'prod')),
    honest: ({ bundle }) => bundle(annotated('prod', 'test')),
  },
  {
    row: 'HEAD: null or duplicate subject',
    attack: 'a statement without a subject',
    code: 'statement-malformed',
    attacked: ({ bundle }) => bundle(statement(subjects(1).replace(/"subject":\[.*\],/, '"subject":null,'))),
    honest: ({ bundle }) => bundle(statement(subjects(1))),
  },
  {
    row: 'HEAD: null or duplicate subject',
    attack: 'a subject without a digest',
    code: 'statement-malformed',
    attacked: ({ bundle }) => bundle(statement(subjects(2).replace(/\{"digest":\{[^}]*\}\}/, 'null'))),
    honest: ({ bundle }) => bundle(statement(subjects(2))),
  },
  {
    row: 'HEAD: --check-claims=false',
    attack: 'an option of a policy that would drop the digest',
    code: 'unknown-option',
    attacked: (world) =>
      world.image(
        (image) => image.tagLayers('sig', [layer(image, { imageDigest: OTHER_DIGEST })]),
        (verifier, { reference }) =>
          // @ts-expect-error -- no such option
          verifier.evaluate(reference, { signedBy: IDENTITY, checkClaims: false }),
      ),
    honest: classic,
  },
];

/** A statement of two subjects; the image’s is the first, the other has other annotations. */
function annotated(ours: string, other: string): BundleCase {
  const subject = [
    { digest: { sha256: OTHER_DIGEST.slice(7) }, annotations: { env: other } },
    { digest: { sha256: DIGEST.slice(7) }, annotations: { env: ours } },
  ];
  const made = statement(
    JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType: 'https://acme.test/x' }),
  );
  return { ...made, policy: { signedBy: { ...IDENTITY, annotations: { env: 'prod' } } } };
}
