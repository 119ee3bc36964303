import { createHash } from 'node:crypto';
import {
  type FakeSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type IssuedCertificate,
} from '@sigtrail/testing';
import { keyFingerprint } from '../../src/keys/public-key.ts';
import type { DenyList } from '../../src/policy/deny-list.ts';
import { parseDenyList } from '../../src/policy/read-deny-list.ts';
import type { ImagePolicy } from '../../src/policy/policy.ts';
import { identity, now } from '../attempt.ts';
import type { Asked, Case } from './asked.ts';

const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const OTHER_TYPE = 'https://example.test/predicate';
const SLSA = 'https://slsa.dev/provenance/v1';
const PROVENANCE = {
  buildDefinition: { buildType: 'https://acme.test/build/v1', externalParameters: {} },
  runDetails: { builder: { id: 'https://acme.test/builder' } },
};
const slsa = { builderId: 'https://acme.test/another' };
const hour = 3_600_000;
const at = (hours: number): string => new Date(now.getTime() + hours * hour).toISOString();
const denied = (): { readonly denied: string } => ({ denied: 'not today' });
const rule = (more: object): ImagePolicy => ({ signedBy: { ...identity, ...more } });

/** Who may not sign. */
const DENIED: readonly Case[] = [
  [
    'key-denied',
    'a key on the deny-list',
    (sigstore) => denying(sigstore, ({ key }) => ({ keys: [{ fingerprint: keyFingerprint(key.publicKey) }] })),
  ],
  [
    'certificate-denied',
    'a certificate on the deny-list',
    (sigstore) =>
      denying(sigstore, ({ der }) => ({
        certificates: [{ fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}` }],
      })),
  ],
  [
    'identity-denied',
    'an identity on the deny-list',
    (sigstore) => denying(sigstore, () => ({ identities: [{ issuer: GITHUB_ISSUER }] })),
  ],
];

/** Who must have signed. */
const SIGNER: readonly Case[] = [
  ['signer-is-key', 'a key that another rule names, where an identity is asked for', () => byKey(rule({}))],
  [
    'signer-is-key',
    'a key that another rule names, where any certificate will do',
    () => byKey({ dangerouslyAcceptAnySigner: true }),
  ],
  [
    'signer-is-certificate',
    'a certificate where a key is asked for',
    () => ({ policy: { signedBy: { key: generateKeyPair().spki } } }),
  ],
  ['key-mismatch', 'a key that another rule names', () => byKey({ signedBy: { key: generateKeyPair().spki } })],
  [
    'key-unavailable',
    'a key where the one asked for could not be had',
    () =>
      byKey({
        signedBy: { key: { name: 'kms', resolve: async () => Promise.reject(new Error('the service is not there')) } },
      }),
  ],
  [
    'profile-mismatch',
    'a public authority’s certificate for an own PKI',
    () => ({ policy: { signedBy: { profile: 'pki', subject: GITHUB_WORKFLOW } } }),
  ],
  ['issuer-mismatch', 'another issuer', () => ({ certificate: { issuer: 'https://accounts.example.test' } })],
  [
    'identity-mismatch',
    'another identity',
    () => ({ certificate: { san: [{ kind: 'uri', value: `${GITHUB_WORKFLOW}x` }] } }),
  ],
  [
    'identity-kind-mismatch',
    'the right text as another kind of name',
    () => ({ policy: rule({ subject: { dns: GITHUB_WORKFLOW } }) }),
  ],
  [
    'claim-mismatch',
    'another runner',
    () => ({
      certificate: { claims: { '1.3.6.1.4.1.57264.1.11': 'self-hosted' } },
      policy: rule({ runnerEnvironment: 'github-hosted' }),
    }),
  ],
  [
    'annotation-mismatch',
    'another annotation',
    () => ({ annotations: { env: 'test' }, policy: rule({ annotations: { env: 'prod' } }) }),
  ],
];

/** When it must have been signed. */
const WHEN: readonly Case[] = [
  ['signed-too-early', 'a certificate older than the time asked for', () => ({ policy: rule({ signedAfter: at(1) }) })],
  [
    'signature-too-old',
    'a certificate older than the age allowed',
    () => ({ policy: rule({ maxAge: '1m' }), now: new Date(at(1)) }),
  ],
  [
    'signature-rolled-back',
    'a certificate older than what was verified before',
    () => ({ policy: rule({ notOlderThan: at(1) }) }),
  ],
  ['freshness-unprovable', 'a plain key where freshness is asked for', () => byOwnKey({ signedAfter: at(-1) })],
  [
    'freshness-unprovable',
    'a key with an end, and no time',
    () => byOwnKey({ validUntil: at(1) }, { sign: { logs: [], timestamps: [] } }),
  ],
  ['key-expired', 'a time after the key’s end', () => byOwnKey({ validUntil: at(-1) })],
  ['key-not-yet-valid', 'a time before the key’s start', () => byOwnKey({ validFrom: at(1) })],
];

/** What it must say. */
const SAYS: readonly Case[] = [
  [
    'attestation-not-signature',
    'an attestation where a signature is asked for',
    () => ({ statement: { predicateType: OTHER_TYPE } }),
  ],
  [
    'predicate-type-mismatch',
    'an attestation of another type',
    () => ({ statement: { predicateType: OTHER_TYPE }, policy: { attested: { type: VULN, signedBy: identity } } }),
  ],
  [
    'predicate-malformed',
    'a predicate that has not the shape of its type',
    () => ({
      statement: { predicateType: VULN, predicate: { scanner: 1 } },
      policy: { attested: { type: VULN, signedBy: identity } },
    }),
  ],
  [
    'predicate-mismatch',
    'a predicate of another content',
    () => ({
      statement: { predicateType: OTHER_TYPE },
      policy: { attested: { type: OTHER_TYPE, signedBy: identity, predicate: denied } },
    }),
  ],
  [
    'predicate-malformed',
    'no SLSA provenance where it is asked for',
    () => ({
      statement: { predicateType: OTHER_TYPE, predicate: {} },
      policy: { attested: { type: OTHER_TYPE, signedBy: identity, predicate: { slsa } } },
    }),
  ],
  [
    'predicate-mismatch',
    'SLSA provenance of another builder',
    () => ({
      statement: { predicateType: SLSA, predicate: PROVENANCE },
      policy: { attested: { type: SLSA, signedBy: identity, predicate: { slsa } } },
    }),
  ],
  ['callback-refused', 'a callback that refuses', () => ({ policy: rule({ accept: denied }) })],
  [
    'callback-threw',
    'a callback that fails',
    () => ({ policy: rule({ accept: async () => Promise.reject(new Error('no answer today')) }) }),
  ],
  [
    'callback-timeout',
    'a callback that never answers',
    () => ({ policy: rule({ accept: { run: async () => new Promise(() => undefined), timeoutMs: 1 } }) }),
  ],
];

export const POLICY_CASES: readonly Case[] = [...DENIED, ...SIGNER, ...WHEN, ...SAYS];

async function denying(sigstore: FakeSigstore, list: (signer: IssuedCertificate) => DenyList): Promise<Asked> {
  const signer = await sigstore.issueCertificate();
  return { signer, context: { deny: parseDenyList(list(signer)) } };
}

/** Signed with a key that the verifier knows of; `policy` asks for something else. */
function byKey(policy: ImagePolicy): Asked {
  const signer = generateKeyPair();
  return { signer, policy, context: { keys: [signer.publicKey] } };
}

/** Signed with the key that the policy names, with this much more. */
function byOwnKey(more: object, made: Asked = {}): Asked {
  const signer = generateKeyPair();
  return { signer, policy: { signedBy: { key: signer.spki, ...more }, require: { log: 0 } }, ...made };
}
