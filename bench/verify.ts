import { spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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
// Like a service after its first minute: code that runs often is compiled. Go's programs are compiled from the start.
const WARM_UP_ROUNDS = 16;

/** A bundle as text, and its artifact. */
export interface Sample {
  readonly bundle: string;
  readonly artifact: Buffer;
}

/**
 * From a bundle's JSON text to the verdict: by our own checks, and with the second judge, beside the stock verifier, sigstore-go and the
 * bare public-key operations; then a batch on two cores beside one.
 */
export async function* benchVerify({ rounds = ROUNDS }: { readonly rounds?: number } = {}): AsyncIterable<Ratio> {
  // Keys as the public-good instance has them.
  const sigstore = await createSigstore({
    now,
    ca: { certificates: [{ kind: 'p384' }, { kind: 'p384', pathLength: 0 }] },
    tsa: { kind: 'p384' },
  });
  const root = JSON.stringify(sigstore.trustedRoot());
  const fresh = await neverSeen(sigstore);
  for (const set of [
    { samples: fresh, rows: FRESH_ROWS, operations: { p384: 1, p256: 4, imports: 1 } },
    { samples: await seen(sigstore), rows: SEEN_ROWS, operations: { p384: 0, p256: 3, imports: 0 } },
    {
      samples: await neverSeen(sigstore, true),
      rows: SECOND_LOG_ROWS,
      operations: { p384: 2, p256: 2, ed25519: 1, imports: 1 },
    },
  ])
    yield* benchRows(root, set, rounds);
  yield* benchBatch(root, sigstore);
}

/** One way to run our code, and the project's bounds for it. */
interface Row {
  readonly name: string;
  readonly judges: 'one' | 'both';
  /** `first`: no verifier has seen these. `leaf`: the verifier has seen the leaf with another signature. `again`: the very same bundles. */
  readonly known: 'first' | 'leaf' | 'again';
  readonly atMost: { readonly stock: number; readonly go: number; readonly bare?: number };
}

const FRESH_ROWS: readonly Row[] = [
  {
    name: 'one judge, leaf never seen',
    judges: 'one',
    known: 'first',
    atMost: { stock: 0.2, go: 0.55, bare: 1.25 },
  },
  { name: 'both judges, leaf never seen', judges: 'both', known: 'first', atMost: { stock: 0.5, go: 1.5 } },
];
const SEEN_ROWS: readonly Row[] = [
  { name: 'one judge, leaf seen', judges: 'one', known: 'leaf', atMost: { stock: 0.1, go: 0.25 } },
  {
    name: 'both judges, leaf seen, new signature',
    judges: 'both',
    known: 'leaf',
    atMost: { stock: 0.36, go: 1.1 },
  },
  { name: 'both judges, same signature again', judges: 'both', known: 'again', atMost: { stock: 0.1, go: 0.3 } },
];
const SECOND_LOG_ROWS: readonly Row[] = [
  { name: 'one judge, Rekor v2 and timestamp', judges: 'one', known: 'first', atMost: { stock: 0.22, go: 0.6 } },
];

interface SampleSet {
  readonly samples: readonly Sample[];
  readonly rows: readonly Row[];
  readonly operations: Operations;
}

async function* benchRows(
  root: string,
  { samples, rows, operations }: SampleSet,
  rounds: number,
): AsyncIterable<Ratio> {
  const peer = await startPeer(root, samples);
  const ours = new Map(rows.map((row) => [row, [] as number[]]));
  const [stock, go, bare] = [[] as number[], [] as number[], [] as number[]];
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const row of rows) await timeOurs(root, samples, row);
  for (let round = 0; round < WARM_UP_ROUNDS / 2; round++) timeStock(root, samples);
  // The sides take turns in short stretches, so that other work on the machine affects all of them.
  for (let round = 0; round < rounds; round++) {
    for (const [row, took] of ours) took.push(...(await timeOurs(root, samples, row)));
    stock.push(...timeStock(root, samples));
    if (typeof peer !== 'string') go.push(...(await peer.time()));
    bare.push(...timeOperations(operations));
  }
  if (typeof peer !== 'string') await peer.close();
  for (const [{ name, atMost }, took] of ours) {
    const ratio = (other: string, times: readonly number[], most?: number): Ratio => ({
      name: `${name}, ours to ${other}`,
      detail: `${tenth(took).toFixed(2)} ms to ${tenth(times).toFixed(2)} ms, tenth percentiles of ${times.length}`,
      ratio: tenth(took) / tenth(times),
      ...(most === undefined ? {} : { atMost: most, failsAbove: most * TOLERANCE }),
    });
    yield ratio('stock', stock, atMost.stock);
    if (typeof peer === 'string') yield { name: `${name}, ours to sigstore-go`, detail: '', ratio: 0, skipped: peer };
    else yield ratio('sigstore-go', go, atMost.go);
    yield ratio('the bare public-key operations', bare, atMost.bare);
  }
}

// The bounds are for two idle cores. On a busy machine, the thread pool lacks its core, and the sides become slower by different factors: runs on one such
// machine differed by up to a quarter.
const TOLERANCE = 1.3;

const BATCH = 200;
// Without an idle second core, a batch can't be faster on two.
const BATCH_FAILS_ABOVE = 1.25;

/** Many bundles at a time in a separate process, which may use one core or two. */
async function* benchBatch(root: string, sigstore: FakeSigstore): AsyncIterable<Ratio> {
  const name = `one judge, a batch of ${BATCH} bundles, two cores to one`;
  const samples = await neverSeen(sigstore, false, BATCH);
  const input = JSON.stringify({
    root,
    now,
    samples: samples.map(({ bundle, artifact }) => [bundle, String(artifact)]),
  });
  const [one, two] = [[] as number[], [] as number[]];
  for (let round = 0; round < BATCH_ROUNDS; round++)
    for (const [cores, took] of [
      ['0', one],
      ['0,1', two],
    ] as const) {
      const time = await timeBatch(cores, input);
      if (typeof time === 'string') {
        yield { name, detail: '', ratio: 0, skipped: time };
        return;
      }
      took.push(time);
    }
  const least = (times: readonly number[]): number => Math.min(...times);
  yield {
    name,
    detail: `${least(two).toFixed(0)} ms to ${least(one).toFixed(0)} ms, least of ${BATCH_ROUNDS}: ${(least(one) / least(two)).toFixed(2)} times as fast (at least 1.6)`,
    ratio: least(two) / least(one),
    atMost: 1 / 1.6,
    failsAbove: BATCH_FAILS_ABOVE,
  };
}

const BATCH_ROUNDS = 5;

/** Milliseconds of a warm process, or why it could not be measured. */
async function timeBatch(cores: string, input: string): Promise<number | string> {
  const program = join(import.meta.dirname, 'verify-batch.ts');
  const child = spawn('taskset', ['-c', cores, process.execPath, '--conditions=@sigtrail/source', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const failed = once(child, 'error').then(() => 'taskset is not installed, which keeps a process to its cores');
  const measured = text(child.stdout).then(Number);
  child.stdin.on('error', () => undefined); // `failed` reports it
  child.stdin.end(input);
  return Promise.race([failed, measured]);
}

async function neverSeen(sigstore: FakeSigstore, second = false, count = SAMPLES): Promise<readonly Sample[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
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

/** One leaf with another signature each time: the verifier remembers the leaf, not the answer. */
async function seen(sigstore: FakeSigstore): Promise<readonly Sample[]> {
  const signer = await sigstore.issueCertificate();
  return Array.from({ length: SAMPLES }, (_, index) => {
    const artifact = Buffer.from(`another artifact ${index}`);
    return { artifact, bundle: JSON.stringify(sigstore.signBundle({ content: 'message', artifact, signer })) };
  });
}

async function timeOurs(json: string, samples: readonly Sample[], { judges, known }: Row): Promise<readonly number[]> {
  const secondJudge = judges === 'both' ? 'on' : 'off';
  await using verifier = createVerifier({ trust: { json }, now: () => now, secondJudge });
  const ask = async (): Promise<readonly number[]> => {
    const took: number[] = [];
    for (const { bundle, artifact } of samples) {
      const started = performance.now();
      await verifier.verifyBundle(bundle, artifact, policy);
      took.push(performance.now() - started);
    }
    return took;
  };
  if (known === 'again') await ask();
  // The first one reads the trusted root, and a seen leaf for the first time.
  return (await ask()).slice(1);
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

/** Only the unavoidable work: the signatures to verify, and the keys to import. */
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
