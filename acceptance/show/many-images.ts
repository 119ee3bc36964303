import { findProgram } from '../real/programs.ts';
import { type ScaleFigures, verifyFleet } from '../many-images/scale.ts';
import { type ManyImages, verifyManyImages } from '../many-images/many-images.ts';
import type { Figure } from './figure.ts';

const images = 500;

/** 500 images at once, by one verifier under default options, from a registry that takes 100 ms for each answer. */
export async function* showManyImages(): AsyncGenerator<Figure> {
  yield figureOf('one registry', await verifyManyImages({ images, delayMs: 100 }));
  yield figureOf(
    'one registry that lets 50 requests through in a second',
    await verifyManyImages({ images, delayMs: 100, perSecond: 50 }),
  );
  yield* fleetFigures();
}

/** A fleet of 10,000 references over 300 digests, and a loop of cosign over 100 of them. Most of its four minutes is the registry’s limit. */
async function* fleetFigures(): AsyncGenerator<Figure> {
  const program = findProgram('cosign3');
  const fleet = await verifyFleet({
    references: 10_000,
    digests: 300,
    perSecond: 50,
    faultInEvery: 100,
    ...(program === undefined ? {} : { cosign: { program, references: 100 } }),
  });
  const { outcomes, wrong, seconds, requests, minimum, throttled, faults, heapMiB, peakMiB, cosign } = fleet;
  const of = '10,000 references over 300 digests, 50 requests a second, 1 % faults';
  yield {
    name: of,
    value: `${outcomes - wrong.length} of ${outcomes} verdicts right in ${seconds.toFixed(0)} s${wrong.length === 0 ? '' : `; ${wrong.slice(0, 3).join('; ')}`}`,
    passed: wrong.length === 0 && outcomes === 10_000,
  };
  const share = requests / minimum;
  yield {
    name: `${of}: requests`,
    value: `${requests}, of which ${throttled} throttled and ${faults} failed, ${share.toFixed(3)}× of the ${minimum} that are needed`,
    passed: share <= 1.1,
  };
  yield memoryFigure(of, { heapMiB, peakMiB });
  if (cosign === undefined) yield { name: 'a loop of cosign', value: 'skipped: it is not installed', passed: true };
  else {
    const each = (count: number, time: number): string => `${((time * 1000) / count).toFixed(0)} ms each`;
    yield {
      name: 'a loop of cosign over 100 of them',
      value: `${cosign.right} of ${cosign.references} right in ${cosign.seconds.toFixed(0)} s, ${each(cosign.references, cosign.seconds)}; the run above ${each(outcomes, seconds)}`,
      passed: true,
    };
  }
}

/** Live objects after each tenth of the run: the last must not be much more than the first. */
function memoryFigure(of: string, { heapMiB, peakMiB }: Pick<ScaleFigures, 'heapMiB' | 'peakMiB'>): Figure {
  const [first = 0] = heapMiB;
  return {
    name: `${of}: memory`,
    value: `${heapMiB.join(', ')} MiB of live objects after each tenth, ${peakMiB} MiB for the process at its largest`,
    passed: Math.max(...heapMiB) <= first + 24,
  };
}

function figureOf(what: string, { verified, milliseconds, requests, throttled, peakMiB, problem }: ManyImages): Figure {
  const seconds = (milliseconds / 1000).toFixed(1);
  return {
    name: `${images} images at once, ${what}`,
    value: `${verified} verified in ${seconds} s, ${requests} requests answered, ${throttled} throttled, ${peakMiB} MiB more at the peak${problem === undefined ? '' : `; ${problem}`}`,
    passed: verified === images,
  };
}
