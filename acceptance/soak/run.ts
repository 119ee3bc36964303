import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSigstore, startRegistry } from '@sigtrail/testing';
import { IMAGE_BUDGET } from '../../packages/sigtrail/src/establish/budget.ts';
import { createServices } from '../../packages/sigtrail/src/establish/services.ts';
import { openSession } from '../../packages/sigtrail/src/session.ts';
import { type Verifier, verifierOf } from '../../packages/sigtrail/src/verifier.ts';
import type { Figure } from '../show/figure.ts';
import type { SoakImage } from './attach.ts';
import { HONEST_SBOM, pushImages, SIGNED_BY } from './images.ts';

const TIMEOUT_MS = 20_000;
const MIB = 1024 * 1024;
// Of the process beyond the registry with its images and the log with its entries, which run in it too: what is fetched of one image (256 MiB at most), and what is built of it.
const MAX_RSS_MIB = 1536;
// What a verifier may have kept after everything was verified once more than after the first round.
const MAX_GROWTH_MIB = 96;
const MOST_STOPS = 4;

/** What verifying one image took. */
interface Taken {
  readonly verdict: string;
  readonly operations: number;
  readonly bytes: number;
  readonly stopMs: number;
  readonly ms: number;
}

/** Verifies hostile and honest images in turn for so many seconds, and says what that took. */
export async function* runSoak(seconds: number): AsyncIterable<Figure> {
  const now = new Date();
  const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore({ now })]);
  const services = createServices();
  const { verify } = services.signatures;
  const asked = { operations: 0, bytes: 0 };
  const signatures: typeof services.signatures = {
    verify: (...question) => {
      asked.operations += 1;
      asked.bytes += question[1].length;
      return verify(...question);
    },
  };
  const verifier = verifierOf(
    openSession({
      trust: { json: JSON.stringify(sigstore.trustedRoot()) },
      now: () => now,
      timeoutMs: TIMEOUT_MS,
      services: { ...services, signatures },
    }),
  );
  try {
    const images = pushImages({ registry, sigstore, signer: await sigstore.issueCertificate() });
    const evaluate = async (image: SoakImage): Promise<Taken> => {
      Object.assign(asked, { operations: 0, bytes: 0 });
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const started = performance.now();
      const verdict = await verdictOf(verifier, `${registry.host}/${image.repository}:v1`, image);
      const ms = performance.now() - started;
      delay.disable();
      return { verdict, ...asked, stopMs: delay.max / 1e6, ms };
    };
    yield* figuresOf(await soak(images, evaluate, seconds));
  } finally {
    await verifier.close();
    await registry.close();
  }
}

async function verdictOf(verifier: Verifier, reference: string, { asks }: SoakImage): Promise<string> {
  const { verdict } =
    asks === 'signature'
      ? await verifier.evaluate(reference, { signedBy: SIGNED_BY })
      : await verifier.evaluateAttestations(reference, { type: 'cyclonedx', signedBy: SIGNED_BY });
  return verdict;
}

interface Soaked {
  readonly taken: ReadonlyMap<SoakImage, readonly Taken[]>;
  /** What was held at the end beyond what was held before the first round. */
  readonly growthMib: number;
  /** The largest size of the process beyond what was held before the first round. */
  readonly peakMib: number;
}

async function soak(
  images: readonly SoakImage[],
  evaluate: (image: SoakImage) => Promise<Taken>,
  seconds: number,
): Promise<Soaked> {
  const taken = new Map(images.map((image) => [image, [] as Taken[]]));
  const end = performance.now() + seconds * 1000;
  // The code is loaded, and compiled where it runs often, before anything is measured.
  for (const image of images.filter(({ isHonest }) => isHonest)) await evaluate(image);
  const first = await heldMib();
  do
    for (const [image, list] of taken) {
      // What one image left for the collector isn't counted with the next: this process also holds the registry, and no system would give it as much.
      globalThis.gc?.();
      list.push(await evaluate(image));
    }
  while (performance.now() < end);
  return { taken, growthMib: (await heldMib()) - first, peakMib: process.resourceUsage().maxRSS / 1024 - first };
}

/**
 * What is held once the last answer's job is over: until then V8 keeps what a `WeakRef` was asked for in it (ECMA-262, AddToKeptObjects).
 * Several collections, because a finalizer that runs after one lets go of what the next one collects.
 */
async function heldMib(): Promise<number> {
  for (let collections = 0; collections < 3; collections += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}

function* figuresOf({ taken, growthMib, peakMib }: Soaked): Iterable<Figure> {
  const rows = [...taken].map(([image, all]) => ({ image, all }));
  for (const { image, all } of rows) {
    const verdicts = [...new Set(all.map(({ verdict }) => verdict))];
    yield {
      name: image.name,
      value: `${verdicts.join(', ')}, ${all.length} times; at the most ${most(all, 'ms')} ms, ${most(all, 'operations')} operations, ${(most(all, 'bytes') / MIB).toFixed(1)} MiB, a stop of ${most(all, 'stopMs')} ms`,
      passed: image.isHonest ? verdicts.join() === 'verified' : !verdicts.includes('verified'),
    };
  }
  const everything = rows.flatMap(({ all }) => all);
  const [operations, bytes] = [most(everything, 'operations'), most(everything, 'bytes')];
  yield {
    name: 'the budget of an image',
    value: `at the most ${operations} of ${IMAGE_BUDGET.maxOperations} operations and ${bytes} of ${IMAGE_BUDGET.maxBytes} bytes`,
    passed: operations <= IMAGE_BUDGET.maxOperations && bytes <= IMAGE_BUDGET.maxBytes,
  };
  const sbom = rows.filter(({ image }) => image.name === HONEST_SBOM).flatMap(({ all }) => all);
  const [stop, honest] = [most(everything, 'stopMs'), most(sbom, 'stopMs')];
  yield {
    name: 'the longest stop of the event loop',
    value: `${stop} ms, ${(stop / honest).toFixed(2)} times that of an honest SBOM (${honest} ms; at most ${MOST_STOPS} times)`,
    passed: stop <= MOST_STOPS * honest,
  };
  yield {
    name: 'memory',
    value: `peak ${peakMib.toFixed(0)} MiB beside the registry and the log (at most ${MAX_RSS_MIB}); ${growthMib.toFixed(0)} MiB more kept at the end than before the first round (at most ${MAX_GROWTH_MIB})`,
    passed: peakMib <= MAX_RSS_MIB && growthMib <= MAX_GROWTH_MIB,
  };
}

function most(all: readonly Taken[], what: Exclude<keyof Taken, 'verdict'>): number {
  return Math.ceil(Math.max(...all.map((one) => one[what])));
}
