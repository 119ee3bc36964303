import { access, constants, lstat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  evaluateImage,
  type ImagePolicy,
  type ImageReport,
  type PlatformsReport,
  type VerifyImageOptions,
} from 'sigtrail';
import { captureEvidence } from 'sigtrail/replay';
import { UsageError } from './usage-error.ts';

/** Evaluates, and writes everything that the answer rests on to a new file if one is named. */
export async function evaluateInto(
  file: string | undefined,
  reference: string,
  policy: ImagePolicy,
  options: VerifyImageOptions,
): Promise<ImageReport | PlatformsReport> {
  if (file === undefined) return evaluateImage(reference, policy, options);
  await expectNew(file);
  const capsule = await captureEvidence(reference, policy, options);
  try {
    // Somebody may have made it meanwhile.
    await writeFile(file, `${JSON.stringify(capsule)}\n`, { flag: 'wx' });
  } catch (error) {
    throw unwritable(file, error);
  }
  return capsule.report;
}

/** Before any work: an older capsule is evidence, too, and is never overwritten, and a folder must be there to write to. */
async function expectNew(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    throw unwritable(file, error);
  }
  // Also where it is a link that leads nowhere.
  const isThere = await lstat(file).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw unwritable(file, error);
    },
  );
  if (isThere) throw unwritable(file, Object.assign(new Error('the file exists'), { code: 'EEXIST' }));
}

function unwritable(file: string, error: unknown): UsageError {
  const code = codeOf(error);
  return new UsageError(
    code === 'EEXIST'
      ? `--capsule ${file} is there already; expected a file to make`
      : `--capsule ${file} can't be written (${code})`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
