import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { GateError } from '../error.ts';

/** A file whose text is to be replaced. */
export interface Replacement {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Replaces files: each in one step, so that a reader finds all of it or what was there before. Every new text is on the disk before the first file is
 * replaced, and nothing is replaced where one of them could not be written, or was changed by somebody else meanwhile.
 *
 * @throws GateError `changed-meanwhile`, `unwritable-file`
 */
export async function replaceFiles(replacements: readonly Replacement[]): Promise<void> {
  const ready: { readonly place: string; readonly part: string }[] = [];
  try {
    for (const replacement of replacements) ready.push(await prepare(replacement));
    for (const { place, part } of ready) await rename(part, place);
  } catch (error) {
    if (error instanceof GateError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new GateError('unwritable-file', `could not be written (${code})`, {
      file: replacements[Math.min(ready.length, replacements.length - 1)]?.file ?? '',
      cause: error,
    });
  } finally {
    for (const { part } of ready) await rm(part, { force: true });
  }
}

async function prepare({
  file,
  before,
  after,
}: Replacement): Promise<{ readonly place: string; readonly part: string }> {
  // A link stays one, and leads to the new text.
  const place = await realpath(file);
  const { mode } = await stat(place);
  if (!(await readFile(place)).equals(Buffer.from(before)))
    throw new GateError('changed-meanwhile', 'was changed while it was checked: run again', { file });
  const part = `${place}.${randomUUID()}.part`;
  const handle = await open(part, 'wx', mode & 0o777);
  try {
    await handle.writeFile(after);
    await handle.sync();
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return { place, part };
}
