// Every kind of key × every format × every trust profile, minted by the test kit: the right signature is accepted, a one-bit neighbour of it
// refused. Ends with `N passed, N failed`.
import { createHash } from 'node:crypto';
import {
  createSigstore,
  type EntryKind,
  type FakeSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type IssuedCertificate,
  type KeyKind,
  type KeyPair,
  type Signer,
  type SigningOptions,
} from '@sigtrail/testing';
import type { SignerRule, TrustProfile } from 'sigtrail';
import { trustRoot, type TrustedRoot } from 'sigtrail/trust';
import { createSignatures } from '../../packages/sigtrail/src/establish/signatures.ts';
import { establishSafely } from '../../packages/sigtrail/src/establish/establish-safely.ts';
import { parseBundle } from '../../packages/sigtrail/src/evidence/bundle.ts';
import type { Candidate } from '../../packages/sigtrail/src/evidence/candidate.ts';
import { parseCosignLayer } from '../../packages/sigtrail/src/evidence/cosign-layer.ts';
import { parseDsseLayer } from '../../packages/sigtrail/src/evidence/dsse-layer.ts';
import { COSIGN_SIGN_PREDICATE } from '../../packages/sigtrail/src/evidence/statement.ts';
import { decideOne } from '../../packages/sigtrail/src/decide/decide-one.ts';
import { parsePolicy } from '../../packages/sigtrail/src/policy/parse-policy.ts';
import { keysOf, requirementsOf } from '../../packages/sigtrail/src/policy/resolve-rules.ts';
import { createSecondJudge } from '../../packages/sigtrail/src/second-judge/second-judge.ts';
import { createTrustProvider } from '../../packages/sigtrail/src/trust/load-trust.ts';

/** One cell: the outcomes of the right signature and of its neighbour. */
export interface MatrixCell {
  readonly key: string;
  readonly format: string;
  readonly profile: TrustProfile;
  readonly right: string;
  readonly neighbour: string;
  readonly passed: boolean;
}

/** Kinds of key with the ways they sign. */
export const KEYS: readonly (readonly [name: string, kind: KeyKind, signing: SigningOptions])[] = [
  ['ECDSA P-256', 'p256', {}],
  ['ECDSA P-384', 'p384', {}],
  ['ECDSA P-384 with SHA-256', 'p384', { hash: 'sha256' }],
  ['ECDSA P-521', 'p521', {}],
  ['ECDSA P-521 with SHA-256', 'p521', { hash: 'sha256' }],
  ['RSA 2048 PKCS #1 v1.5', 'rsa2048', {}],
  ['RSA 2048 PSS', 'rsa2048', { padding: 'pss' }],
  ['RSA 3072 PKCS #1 v1.5', 'rsa3072', {}],
  ['RSA 4096 PKCS #1 v1.5', 'rsa4096', {}],
  ['RSA 4096 PSS', 'rsa4096', { padding: 'pss' }],
  ['Ed25519', 'ed25519', {}],
  ['Ed25519ph', 'ed25519', { prehash: true }],
];
/** Formats. */
export const FORMATS = [
  'bundle v0.1',
  'bundle v0.2',
  'bundle v0.3',
  'bundle v0.3 DSSE',
  '.sig',
  '.sig in a rekord',
  '.att',
  '.att in an intoto 0.0.1',
] as const;
/** Trust profiles. */
export const PROFILES: readonly TrustProfile[] = ['key', 'fulcio', 'github', 'pki'];

/** Entries of early logs: these signatures are logged under every profile. */
const KINDS: Partial<Record<Format, EntryKind>> = {
  '.sig in a rekord': 'rekord',
  '.att in an intoto 0.0.1': 'intoto 0.0.1',
};

type Format = (typeof FORMATS)[number];

const now = new Date('2026-03-01T12:00:00Z');
const artifact = Buffer.from('{"schemaVersion":2}');
const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}` as const;
const statement = { imageDigest: digest };
const flipped = (signature: Buffer): Buffer => {
  const copy = Buffer.from(signature);
  // In the middle: of ECDSA neither the encoding nor its lengths.
  const at = Math.floor(copy.length * 0.75);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

const flippedEnvelope = (bytes: Buffer): Buffer => {
  const envelope = JSON.parse(bytes.toString()) as { signatures: { sig: string }[] };
  const signatures = envelope.signatures.map(({ sig }) => ({
    sig: flipped(Buffer.from(sig, 'base64')).toString('base64'),
  }));
  return Buffer.from(JSON.stringify({ ...envelope, signatures }));
};

interface World {
  readonly sigstore: FakeSigstore;
  readonly roots: Readonly<Record<TrustProfile, TrustedRoot>>;
  readonly keys: ReadonlyMap<KeyKind, KeyPair>;
  readonly certificates: Map<string, IssuedCertificate>;
}

/** Runs every cell. */
export async function* runKeyMatrix(): AsyncGenerator<MatrixCell> {
  const world = await createWorld();
  for (const [name, kind, signing] of KEYS)
    for (const profile of PROFILES) {
      const signer = await signerFor(world, kind, profile);
      for (const format of FORMATS) {
        const right = await judge(world, format, profile, signer, signing, false);
        const neighbour = await judge(world, format, profile, signer, signing, true);
        const passed = right === 'accepted' && neighbour === 'signature-invalid';
        yield { key: name, format, profile, right, neighbour, passed };
      }
    }
}

async function createWorld(): Promise<World> {
  const sigstore = await createSigstore({ now });
  const pem = (der: Uint8Array): string =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----`;
  const rootOf = async (profile: 'fulcio' | 'github' | 'pki'): Promise<TrustedRoot> => {
    const parts = trustRoot.fromParts({
      certificateAuthorities: [{ certificates: sigstore.ca.chain.map(pem).join('\n'), profile }],
      transparencyLogs: [{ publicKey: sigstore.rekor.key.pem }],
      certificateTransparencyLogs: [{ publicKey: sigstore.ctLog.key.pem }],
      timestampAuthorities: [{ certificates: sigstore.tsa.chain.map(pem).join('\n') }],
    });
    return (await createTrustProvider(parts)(now)).root;
  };
  const [fulcio, github, pki] = await Promise.all([rootOf('fulcio'), rootOf('github'), rootOf('pki')]);
  const kinds = [...new Set(KEYS.map(([, kind]) => kind))];
  const keys = new Map(kinds.map((kind) => [kind, generateKeyPair(kind)] as const));
  return { sigstore, roots: { key: fulcio, fulcio, github, pki }, keys, certificates: new Map() };
}

async function signerFor(
  { sigstore, keys, certificates }: World,
  kind: KeyKind,
  profile: TrustProfile,
): Promise<Signer> {
  const key = keys.get(kind);
  if (key === undefined) throw new Error(`no ${kind} key`);
  if (profile === 'key') return key;
  const id = `${kind} ${profile}`;
  const issued =
    certificates.get(id) ??
    (await sigstore.issueCertificate({ key, ...(profile === 'fulcio' ? {} : { scts: 'none' as const }) }));
  certificates.set(id, issued);
  return issued;
}

const signatures = createSignatures();
const secondJudge = createSecondJudge();

async function judge(
  world: World,
  format: Format,
  profile: TrustProfile,
  signer: Signer,
  signing: SigningOptions,
  neighbour: boolean,
): Promise<string> {
  const rule: SignerRule =
    profile === 'pki'
      ? { profile: 'pki', subject: GITHUB_WORKFLOW }
      : 'der' in signer
        ? { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW }
        : { key: signer.pem };
  const policy = parsePolicy({ signedBy: rule, acceptAttestationsAsSignature: [COSIGN_SIGN_PREDICATE] });
  const facts = await establishSafely(candidateOf(world.sigstore, format, profile, signer, signing, neighbour), {
    subject: { kind: 'image', digest, manifest: artifact },
    trust: world.roots[profile],
    keys: keysOf(policy),
    now,
    legacyTimestamps: 'use',
    secondJudge,
    require: requirementsOf(policy),
    signatures,
  });
  if ('unreadable' in facts) return facts.unreadable.code;
  const { accepted, checks } = await decideOne(facts, policy, { now, reference: digest });
  return accepted ? 'accepted' : (checks.find(({ status }) => status === 'failed')?.code ?? 'refused');
}

function candidateOf(
  sigstore: FakeSigstore,
  format: Format,
  profile: TrustProfile,
  signer: Signer,
  signing: SigningOptions,
  neighbour: boolean,
): Candidate {
  const isGithub = profile === 'github';
  const evidence = isGithub ? { logs: [], timestamps: [sigstore.tsa] } : {};
  const kind = KINDS[format];
  const legacy = {
    signer,
    signing,
    rekor: kind === undefined ? !isGithub : { log: sigstore.rekor, kind },
    timestamp: isGithub,
    ...(neighbour ? { tamper: { signature: flipped } } : {}),
  };
  const edit = neighbour ? { signature: flipped } : {};
  const version = ({ 'bundle v0.1': '0.1', 'bundle v0.2': '0.2' } as const)[format as 'bundle v0.1'] ?? '0.3';
  switch (format) {
    case '.sig':
    case '.sig in a rekord': {
      const { payload, layer } = sigstore.signImageLegacy({ imageDigest: digest, ...legacy });
      return {
        id: format,
        format: 'cosign-signature',
        carrier: 'tag',
        ...parseCosignLayer(payload, layer.annotations ?? {}),
      };
    }
    case '.att':
    case '.att in an intoto 0.0.1': {
      // The envelope holds the signature, and the log and the timestamp saw the right one.
      const tamper = neighbour ? { tamper: { payload: flippedEnvelope } } : {};
      const { payload, layer } = sigstore.signAttestationLegacy({ statement, ...legacy, ...tamper });
      const [parsed] = parseDsseLayer(payload, layer.annotations ?? {});
      if (parsed === undefined) throw new Error('an envelope without signatures');
      return { id: format, format: 'cosign-attestation', carrier: 'tag', ...parsed };
    }
    case 'bundle v0.3 DSSE': {
      const bundle = sigstore.signBundle({ statement, signer, signing, ...evidence, ...edit });
      return { id: format, format: 'sigstore-bundle', carrier: 'given', ...parseBundle(bundle) };
    }
    default: {
      const bundle = sigstore.signBundle({
        content: 'message',
        artifact,
        version,
        signer,
        signing,
        ...evidence,
        ...edit,
      });
      return { id: format, format: 'sigstore-bundle', carrier: 'given', ...parseBundle(bundle) };
    }
  }
}

if (import.meta.main) {
  let passed = 0;
  let failed = 0;
  for await (const cell of runKeyMatrix()) {
    if (cell.passed) passed += 1;
    else failed += 1;
    console.log(
      `${cell.passed ? 'ok  ' : 'FAIL'} ${cell.key} · ${cell.format} · ${cell.profile}: ${cell.right}; one bit further: ${cell.neighbour}`,
    );
  }
  console.log(`${passed + failed} cells`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
