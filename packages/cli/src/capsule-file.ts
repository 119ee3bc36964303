import { writeFile } from 'node:fs/promises';
import {
  evaluateImage,
  type ImagePolicy,
  type ImageReport,
  type PlatformsReport,
  type VerifyImageOptions,
} from 'sigtrail';
import { captureEvidence } from 'sigtrail/replay';
import { UsageError } from './usage-error.ts';

/** Evaluates, and writes everything that the answer rests on to a new file where one is named. */
export async function evaluateInto(
  file: string | undefined,
  reference: string,
  policy: ImagePolicy,
  options: VerifyImageOptions,
): Promise<ImageReport | PlatformsReport> {
  if (file === undefined) return evaluateImage(reference, policy, options);
  const capsule = await captureEvidence(reference, policy, options);
  try {
    // An older capsule is evidence, too: it is never overwritten.
    await writeFile(file, `${JSON.stringify(capsule)}\n`, { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageError(
      code === 'EEXIST'
        ? `--capsule ${file} is there already; expected a file to make`
        : `--capsule ${file} can't be written (${code})`,
    );
  }
  return capsule.report;
}
