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
}

function figureOf(what: string, { verified, milliseconds, requests, throttled, peakMiB, problem }: ManyImages): Figure {
  const seconds = (milliseconds / 1000).toFixed(1);
  return {
    name: `${images} images at once, ${what}`,
    value: `${verified} verified in ${seconds} s, ${requests} requests answered, ${throttled} throttled, ${peakMiB} MiB more at the peak${problem === undefined ? '' : `; ${problem}`}`,
    passed: verified === images,
  };
}
