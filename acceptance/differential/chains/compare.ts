import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { createSigstore, type FakeSigstore, generateKeyPair, type KeyPair } from '@sigtrail/testing';
import { createVerifier, isSigtrailError } from 'sigtrail';
import { trustRoot, type TrustedRoot } from 'sigtrail/trust';
import { type GeneratedChain, generateChains } from './generate-chains.ts';

/** A leaf that we accept and Go refuses. */
export interface ChainFinding {
  readonly seed: number;
  readonly purpose: GeneratedChain['purpose'];
  /** Where the authorities between leaf and anchor were. */
  readonly delivered: Delivery;
  readonly refusal: string;
  readonly oddities: readonly string[];
}

type Delivery = 'in the trusted root' | 'beside the leaf';

/** The result of a run. */
export interface ChainComparison {
  readonly chains: number;
  readonly acceptedByGo: number;
  /** Accepted by us, by how the chain was delivered. */
  readonly accepted: ReadonlyMap<Delivery, number>;
  /** Chains that Go accepts and we refuse in any form, by our code: not a fault, but worth knowing. */
  readonly stricter: ReadonlyMap<string, number>;
  readonly findings: readonly ChainFinding[];
}

const ARTIFACT = Buffer.from('the artifact');
const DIGEST = `sha256:${createHash('sha256').update(ARTIFACT).digest('hex')}` as const;
const SUBJECT = 'release@acme.example';

/** Compares the verifier with crypto/x509: we must refuse whatever Go refuses with the options of cosign and of its timestamp verification. */
export async function compareChains(options: {
  readonly seed: number;
  readonly count: number;
}): Promise<ChainComparison> {
  const accepted = new Map<Delivery, number>();
  const stricter = new Map<string, number>();
  const findings: ChainFinding[] = [];
  let chains = 0;
  let acceptedByGo = 0;
  let world: World | undefined;
  for await (const chain of generateChains(options)) {
    // A log in memory computes its whole tree for each entry: a new one now and then keeps that short.
    if (world === undefined || chains % 500 === 0) world = await createWorld(new Date(chain.at));
    chains += 1;
    const isAcceptedByGo = chain.refusal === '';
    if (isAcceptedByGo) acceptedByGo += 1;
    const codes: string[] = [];
    for (const delivered of ['in the trusted root', 'beside the leaf'] as const) {
      const code = await (chain.purpose === 'codeSigning' ? signWith : stampWith)(chain, delivered, world);
      if (code !== undefined) {
        codes.push(code);
        continue;
      }
      accepted.set(delivered, (accepted.get(delivered) ?? 0) + 1);
      const { id: seed, purpose, refusal, oddities } = chain;
      if (!isAcceptedByGo) findings.push({ seed, purpose, delivered, refusal, oddities });
    }
    if (isAcceptedByGo && codes.length === 2) {
      const code = codes.join(', ');
      stricter.set(code, (stricter.get(code) ?? 0) + 1);
    }
  }
  return { chains, acceptedByGo, accepted, stricter, findings };
}

interface World {
  readonly now: Date;
  readonly sigstore: FakeSigstore;
  readonly log: string;
  readonly signer: KeyPair;
}

async function createWorld(now: Date): Promise<World> {
  const sigstore = await createSigstore({ now });
  const [log] = sigstore.trustedRoot().tlogs;
  if (log === undefined) throw new Error('the trusted root has no log');
  const publicKey = createPublicKey({
    key: Buffer.from(log.publicKey.rawBytes, 'base64'),
    format: 'der',
    type: 'spki',
  });
  return {
    now,
    sigstore,
    log: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    signer: generateKeyPair(),
  };
}

/** A signature by the leaf, as of an own PKI; every second one with the time of a log, the others at the verifier's clock. Gives the code of a refusal. */
async function signWith(chain: GeneratedChain, delivered: Delivery, world: World): Promise<string | undefined> {
  const { sigstore, now } = world;
  const isTrusted = delivered === 'in the trusted root';
  const isLogged = chain.id % 2 === 0;
  const der = chain.leaf;
  return codeOf(async () => {
    const bundle = sigstore.signBundle({
      statement: { imageDigest: DIGEST },
      signer: {
        key: keyPairOf(chain),
        der,
        pem: pemOf(der),
        chain: [...(isTrusted ? [] : chain.intermediates), ...chain.others],
      },
      logs: isLogged ? [sigstore.rekor] : [],
      timestamps: [],
      version: '0.2',
      at: now,
    });
    const trust = trustRoot.fromParts({
      certificateAuthorities: [
        isTrusted
          ? { certificates: pemOf(...chain.intermediates, chain.anchor), profile: 'pki' }
          : { anchors: pemOf(chain.anchor), profile: 'pki' },
      ],
      transparencyLogs: [{ publicKey: world.log }],
    });
    const least = isLogged ? 1 : 0;
    await verify(bundle, trust, now, {
      signedBy: { profile: 'pki', subject: SUBJECT },
      require: { log: least, time: least },
    });
  });
}

/** A timestamp by the leaf, over a signature by a key. Gives the code of a refusal. */
async function stampWith(chain: GeneratedChain, delivered: Delivery, world: World): Promise<string | undefined> {
  const { sigstore, now, signer } = world;
  const isTrusted = delivered === 'in the trusted root';
  const certificate = chain.leaf;
  return codeOf(async () => {
    const authority = {
      ...sigstore.tsa,
      key: keyPairOf(chain),
      certificate,
      chain: [certificate, ...chain.intermediates, chain.anchor],
    };
    const bundle = sigstore.signBundle({
      statement: { imageDigest: DIGEST },
      signer,
      logs: [],
      timestamps: [{ authority, at: now, embedCertificate: !isTrusted }],
      at: now,
    });
    const above = [...chain.intermediates, chain.anchor];
    const trust = trustRoot.fromParts({
      timestampAuthorities: [{ certificates: isTrusted ? pemOf(certificate, ...above) : pemOf(...above) }],
    });
    await verify(bundle, trust, now, { signedBy: { key: signer.pem }, require: { log: 0, tsa: 1 } });
  });
}

async function verify(
  bundle: object,
  trust: TrustedRoot,
  now: Date,
  policy: Parameters<ReturnType<typeof createVerifier>['verifyBundle']>[2],
): Promise<void> {
  // Our checks must be right by themselves.
  await using verifier = createVerifier({ trust, now: () => now, secondJudge: 'off' });
  await verifier.verifyBundle(bundle, ARTIFACT, policy);
}

async function codeOf(attempt: () => Promise<void>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    // The reason is at the end of the message.
    if (isSigtrailError(error)) return /\(([a-z-]+)\)$/.exec(error.message)?.[1] ?? error.code;
    // These certificates make no trusted root; anything else is a fault.
    if (error instanceof TypeError && 'code' in error) return String(error.code);
    throw error;
  }
}

function keyPairOf({ key }: GeneratedChain): KeyPair {
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { kind: 'p256', privateKey, publicKey, spki, pem, hint: createHash('sha256').update(spki).digest('base64') };
}

function pemOf(...certificates: readonly Buffer[]): string {
  return certificates
    .map(
      (der) =>
        `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    )
    .join('');
}
