import { parseImageLocator } from '@sigtrail/triangulate';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { keyPairOf, statementBytes } from '@sigtrail/testing';
import type { ListedStatement } from '../../src/evidence/listed-statement.ts';
import { parseStatement } from '../../src/evidence/statement.ts';
import { parseSignedName } from '../../src/establish/signed-name.ts';
import { artifact, digest, flipped, identity } from '../attempt.ts';
import type { Asked, Case } from './asked.ts';
import { LOG_CASES } from './log-cases.ts';

const other = Buffer.from('something else');
const otherDigest = createHash('sha256').update(other).digest('hex');
const zeros = Buffer.alloc(32).toString('base64');
const image = { kind: 'image', digest, manifest: artifact } as const;

const zeroDigest = `sha256:${'0'.repeat(64)}`;
const about = { kind: 'digest', algorithm: 'sha256', digest: createHash('sha256').update(other).digest() } as const;
const statementAbout = (imageDigest: string): Buffer =>
  statementBytes({ imageDigest, predicateType: 'https://slsa.dev/provenance/v1' });

/** What is signed is an attestation manifest, which lists a statement about another manifest. */
function behind(edit: (listed: ListedStatement) => ListedStatement): Asked {
  const bytes = statementAbout(`sha256:${otherDigest}`);
  const listed: ListedStatement = {
    image: `sha256:${otherDigest}`,
    manifest: { digest, bytes: artifact, lists: [sha256(bytes)] },
    digest: sha256(bytes),
    bytes,
    statement: parseStatement(bytes),
  };
  return {
    context: { about },
    policy: { signedBy: identity, acceptAttestationManifestsAsSignature: true },
    read: (candidate) => ({ ...candidate, isAttestation: true, listed: edit(listed) }),
  };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** What is signed, and the signature. */
const SIGNATURE: readonly Case[] = [
  ['subject-mismatch', 'a statement about another artifact', () => ({ subject: `sha256:${'0'.repeat(64)}` })],
  [
    'subject-mismatch',
    'a `.sig` layer of another image',
    () => ({ layer: { imageDigest: `sha256:${'0'.repeat(64)}` }, context: { subject: image } }),
  ],
  [
    'subject-mismatch',
    'a message digest of other bytes beside a signature of these',
    () => ({
      message: true,
      edit: ({ messageSignature }) => {
        if (messageSignature !== undefined) messageSignature.messageDigest.digest = zeros;
      },
    }),
  ],
  [
    'payload-type',
    'an envelope of no statement, under a policy that takes its type',
    () => ({
      payloadType: 'https://example.test/payload',
      policy: { signedBy: identity, acceptAttestationsAsSignature: ['https://example.test/payload'] },
    }),
  ],
  [
    'attestation-manifest-mismatch',
    'a statement that the signed attestation manifest does not list',
    () => ({ ...behind((listed) => ({ ...listed, digest: `sha256:${'0'.repeat(64)}` })) }),
  ],
  [
    'attestation-manifest-mismatch',
    'other bytes than the attestation manifest lists',
    () => ({ ...behind((listed) => ({ ...listed, bytes: Buffer.from('{}') })) }),
  ],
  [
    'attestation-manifest-mismatch',
    'an attestation manifest of other bytes than were signed',
    () => ({
      ...behind((listed) => ({ ...listed, manifest: { ...listed.manifest, bytes: Buffer.from('{}') } })),
    }),
  ],
  [
    'subject-mismatch',
    'a statement of a signed attestation manifest about another manifest',
    () => ({ ...behind((listed) => ({ ...listed, statement: parseStatement(statementAbout(zeroDigest)) })) }),
  ],
  [
    'attestation-not-signature',
    'an attestation about an attestation manifest',
    () => ({ ...behind((listed) => listed), statement: { predicateType: 'https://slsa.dev/provenance/v1' } }),
  ],
  ['signature-invalid', 'another signature, logged as it is', () => ({ sign: { signature: flipped } })],
  [
    'signature-key-unsupported',
    'a certificate of an RSA key with 1024 bits',
    () => ({
      certificate: { key: keyPairOf('rsa2048', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey) },
    }),
  ],
  [
    'signature-needs-bytes',
    'pure Ed25519 where only the digest is at hand',
    () => ({
      certificate: { kind: 'ed25519' },
      message: true,
      context: { subject: { kind: 'digest', algorithm: 'sha256', digest: Buffer.from(digest.slice(7), 'hex') } },
    }),
  ],
  ['signed-name-missing', 'a statement without a name', () => ({ context: { subject: image, ...asks('acme/app') } })],
  [
    'signed-name-mismatch',
    'a `.sig` layer for another repository',
    () => ({
      layer: { dockerReference: 'registry.test/acme/other' },
      context: { subject: image, ...asks('acme/app') },
    }),
  ],
];

export const EVIDENCE_CASES: readonly Case[] = [...SIGNATURE, ...LOG_CASES];

function asks(repository: string): Pick<NonNullable<Asked['context']>, 'name'> {
  const name = parseSignedName('repository', parseImageLocator(`registry.test/${repository}:v1`));
  return name === undefined ? {} : { name };
}
