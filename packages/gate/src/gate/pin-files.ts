import { resolve } from 'node:path';
import { GateError } from '../error.ts';
import type { GateFile } from '../files/gate-file.ts';
import type { FindOptions } from '../find/find-context.ts';
import { findImages } from '../find/find-images.ts';
import type { FoundImage } from '../find/found-image.ts';
import { type NotPinned, type PinRequest, pinText } from '../pin/pin-text.ts';
import type { Replacement } from '../pin/replace-files.ts';
import type { GateEntry } from './gate-report.ts';

/** What pinning the files of a run comes to. */
export interface PinPlan {
  readonly replacements: readonly Replacement[];
  readonly pinned: readonly PinRequest[];
  readonly refused: readonly NotPinned[];
  /** Every image with the digest that was verified for it: for an override. */
  readonly requests: readonly PinRequest[];
}

/** Plans the pins: nothing is written. Each new text is read back, and must name the same images with the digests and nothing else. @throws GateError */
export function planPins(
  files: readonly GateFile[],
  entries: readonly GateEntry[],
  find: Omit<FindOptions, 'file'> = {},
): PinPlan {
  const requests = entries.flatMap(requestOf);
  const plans = files.map(({ file, text }) => {
    const plan = pinText(
      text,
      // What another file led to is named by the given file itself, too.
      requests.filter(({ image }) => image.file === file && image.unpinnable !== 'comes-from-elsewhere'),
    );
    if (plan.text !== text) readBack(file, text, plan.text, find);
    return { ...plan, replacement: { file, before: text, after: plan.text } };
  });
  // A file that another leads to may be given as well, and spelled otherwise.
  const named = new Set(files.map(({ file }) => resolve(file)));
  const elsewhere = requests.flatMap(({ image }): readonly NotPinned[] =>
    named.has(resolve(image.file)) ? [] : [{ image, code: 'comes-from-elsewhere' }],
  );
  return {
    replacements: plans.map(({ replacement }) => replacement).filter(({ before, after }) => before !== after),
    pinned: plans.flatMap(({ pinned }) => pinned),
    refused: [...plans.flatMap(({ refused }) => refused), ...elsewhere],
    requests,
  };
}

/** Only what was verified in this run has a digest; what was verified for some platforms has none that covers just these. */
function requestOf({ found, verdict, passes, digest }: GateEntry): readonly PinRequest[] {
  if (found.outcome !== 'image') return [];
  const isVerified = verdict === 'verified' && passes;
  if (isVerified && digest === undefined) return [{ image: found, digest, isForSomePlatforms: true }];
  return [{ image: found, digest: isVerified ? digest : undefined }];
}

function readBack(file: string, before: string, after: string, find: Omit<FindOptions, 'file'>): void {
  const withoutDigest = (image: FoundImage): string => {
    if (image.outcome !== 'image') return JSON.stringify([image.path, image.outcome]);
    const { digest: _, ...rest } = image.reference;
    return JSON.stringify([image.path, rest]);
  };
  const namesOf = (text: string): readonly string[] =>
    findImages(text, { ...find, file })
      .images.filter((image) => image.file === file)
      .map(withoutDigest);
  const [were, are] = [namesOf(before), namesOf(after)];
  if (were.length !== are.length || were.some((name, index) => name !== are[index]))
    throw new GateError('pin-mismatch', 'would name other images once it is pinned, and is left as it is', { file });
}
