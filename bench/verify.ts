import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier as StockVerifier } from '@sigstore/verify';
import { createSigstore, type FakeSigstore, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { createVerifier } from 'sigtrail';
import { startPeer } from './peers/sigstore-go.ts';
import type { Ratio } from './ratio.ts';

const now = new Date();
const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
const SAMPLES = 60;
const ROUNDS = 12;
// What a service is after its first minute: what runs often is compiled. Go's programs are so from the start.
const WARM_UP_ROUNDS = 16;

/** A bundle as text, and what it is of. */
export interface Sample {
  readonly bundle: string;
  readonly artifact: Buffer;
}

/** From a bundle's JSON text to the verdict: ours beside the stock verifier, sigstore-go and the bare public-key operations. */
export async function* benchVerify({ rounds = ROUNDS }: { readonly rounds?: number } = {}): AsyncIterable<Ratio> {
  // Keys as the public-good instance has them.
  const sigstore = await createSigstore({
    now,
    ca: { certificates: [{ kind: 'p384' }, { kind: 'p384', pathLength: 0 }] },
    tsa: { kind: 'p384' },
  });
  const root = JSON.stringify(sigstore.trustedRoot());
  const sets = {
    'never-seen leaf': { samples: await neverSeen(sigstore), operations: { p384: 1, p256: 4, imports: 1 } },
    'seen leaf': { samples: await seen(sigstore), operations: { p384: 0, p256: 3, imports: 0 } },
    'never-seen leaf, Rekor v2 and timestamp': {
      samples: await neverSeen(sigstore, true),
      operations: { p384: 2, p256: 2, ed25519: 1, imports: 1 },
    },
  } as const;
  for (const [name, { samples, operations }] of Object.entries(sets)) {
    const bounds = BOUNDS[name] ?? {};
    const peer = await startPeer(root, samples);
    const took = { ours: [] as number[], stock: [] as number[], go: [] as number[], bare: [] as number[] };
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await timeOurs(root, samples, false);
    for (let round = 0; round < WARM_UP_ROUNDS / 2; round++) timeStock(root, samples);
    // The sides take turns in short stretches, so that whatever else the machine does meets all of them.
    for (let round = 0; round < rounds; round++) {
      took.ours.push(...(await timeOurs(root, samples, name === 'seen leaf')));
      took.stock.push(...timeStock(root, samples));
      if (typeof peer !== 'string') took.go.push(...(await peer.time()));
      took.bare.push(...timeOperations(operations));
    }
    const ours = tenth(took.ours);
    const ratio = (other: string, times: readonly number[], atMost?: number): Ratio => ({
      name: `${name}, ours to ${other}`,
      detail: `${ours.toFixed(2)} ms to ${tenth(times).toFixed(2)} ms, tenth percentiles of ${times.length}`,
      ratio: ours / tenth(times),
      ...(atMost === undefined ? {} : { atMost }),
    });
    yield ratio('stock', took.stock, bounds.stock);
    if (typeof peer === 'string') yield { name: `${name}, ours to sigstore-go`, detail: '', ratio: 0, skipped: peer };
    else {
      await peer.close();
      yield ratio('sigstore-go', took.go, bounds.go);
    }
    yield ratio('the bare public-key operations', took.bare);
  }
}

const BOUNDS: Readonly<Record<string, { readonly stock?: number; readonly go?: number }>> = {
  'never-seen leaf': { stock: 0.2, go: 0.5 },
  'seen leaf': { go: 0.17 },
  'never-seen leaf, Rekor v2 and timestamp': { stock: 0.22 },
};

async function neverSeen(sigstore: FakeSigstore, second = false): Promise<readonly Sample[]> {
  return Promise.all(
    Array.from({ length: SAMPLES }, async (_, index) => {
      const artifact = Buffer.from(`artifact ${index}`);
      const signer = await sigstore.issueCertificate();
      const logs = second ? { logs: [sigstore.rekor2] } : {};
      return {
        artifact,
        bundle: JSON.stringify(sigstore.signBundle({ content: 'message', artifact, signer, ...logs })),
      };
    }),
  );
}

/** One leaf, and another signature each time: what is found again is the leaf, not the answer. */
async function seen(sigstore: FakeSigstore): Promise<readonly Sample[]> {
  const signer = await sigstore.issueCertificate();
  return Array.from({ length: SAMPLES }, (_, index) => {
    const artifact = Buffer.from(`another artifact ${index}`);
    return { artifact, bundle: JSON.stringify(sigstore.signBundle({ content: 'message', artifact, signer })) };
  });
}

async function timeOurs(json: string, samples: readonly Sample[], warm: boolean): Promise<readonly number[]> {
  await using verifier = createVerifier({ trust: { json }, now: () => now });
  const took: number[] = [];
  for (const [index, { bundle, artifact }] of samples.entries()) {
    const started = performance.now();
    await verifier.verifyBundle(bundle, artifact, policy);
    // The first one reads the trusted root, and a seen leaf for the first time.
    if (index > 0 || !warm) took.push(performance.now() - started);
  }
  return took.slice(1);
}

function timeStock(json: string, samples: readonly Sample[]): readonly number[] {
  const root = TrustedRoot.fromJSON(JSON.parse(json));
  const verifier = new StockVerifier(toTrustMaterial(root));
  return samples.slice(1).map(({ bundle, artifact }) => {
    const started = performance.now();
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle)), artifact));
    return performance.now() - started;
  });
}

const KEYS = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed25519: generateKeyPairSync('ed25519'),
};
const MESSAGE = Buffer.alloc(1000, 1);
const SIGNED = {
  p256: sign('sha256', MESSAGE, KEYS.p256.privateKey),
  p384: sign('sha384', MESSAGE, KEYS.p384.privateKey),
  ed25519: sign(null, MESSAGE, KEYS.ed25519.privateKey),
};
const SPKI = KEYS.p256.publicKey.export({ format: 'der', type: 'spki' });

interface Operations {
  readonly p384: number;
  readonly p256: number;
  readonly ed25519?: number;
  readonly imports: number;
}

/** The signatures that have to be verified, and the keys that have to be imported, and nothing else. */
function timeOperations({ p384, p256, ed25519 = 0, imports }: Operations): readonly number[] {
  const times = (count: number, act: () => unknown): void => {
    for (let done = 0; done < count; done++) act();
  };
  return Array.from({ length: SAMPLES }, () => {
    const started = performance.now();
    times(imports, () => createPublicKey({ key: SPKI, format: 'der', type: 'spki' }));
    times(p384, () => verify('sha384', MESSAGE, KEYS.p384.publicKey, SIGNED.p384));
    times(p256, () => verify('sha256', MESSAGE, KEYS.p256.publicKey, SIGNED.p256));
    times(ed25519, () => verify(null, MESSAGE, KEYS.ed25519.publicKey, SIGNED.ed25519));
    return performance.now() - started;
  });
}

function tenth(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)] ?? Number.NaN;
}
