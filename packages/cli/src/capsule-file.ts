import { randomUUID } from 'node:crypto';
import { access, constants, link, lstat, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Capsule, ImageReport, PlatformsReport } from 'sigtrail';
import { codeOf } from './error-code.ts';
import { UsageError } from './usage-error.ts';

/** Evaluates, and writes everything that the answer rests on to a new file. */
export async function captureInto(
  file: string,
  capture: () => Promise<Capsule<ImageReport | PlatformsReport>>,
): Promise<ImageReport | PlatformsReport> {
  await expectNew(file);
  const capsule = await capture();
  try {
    await writeNew(file, `${JSON.stringify(capsule)}\n`);
  } catch (error) {
    throw unwritable(file, error);
  }
  return capsule.report;
}

/** In one step: a process that is killed leaves no half of a capsule, and one that was made meanwhile stays. */
async function writeNew(file: string, text: string): Promise<void> {
  const part = `${file}.${randomUUID()}.part`;
  try {
    await writeFile(part, text, { flag: 'wx' });
    await link(part, file).catch(async (error: unknown) => {
      // A file system without hard links can only replace in one step.
      if (!WITHOUT_LINKS.includes(codeOf(error))) throw error;
      await expectNew(file);
      await rename(part, file);
    });
  } finally {
    await rm(part, { force: true });
  }
}

const WITHOUT_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

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
