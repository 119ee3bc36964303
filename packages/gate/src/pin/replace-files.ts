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
 * replaced, and each file is read again right before its turn. Where one can't be replaced, or was changed by somebody else, all of them keep what they had.
 *
 * @throws GateError `changed-meanwhile`, `unwritable-file`
 */
export async function replaceFiles(replacements: readonly Replacement[]): Promise<void> {
  const prepared: Prepared[] = [];
  const replaced: Prepared[] = [];
  try {
    for (const replacement of replacements) {
      // A link stays one, and leads to the new text.
      const place = await explained(replacement, realpath(replacement.file));
      const next = { ...replacement, place };
      if (!isPreparedAlready(prepared, next)) prepared.push(await explained(next, prepare(next)));
    }
    for (const next of prepared) {
      await explained(next, checkUnchanged(next));
      await explained(next, rename(next.part, next.place));
      replaced.push(next);
    }
  } catch (error) {
    for (const { place, before, after, mode } of replaced.toReversed()) await putBack(place, after, before, mode);
    throw error;
  } finally {
    for (const { part } of prepared) await rm(part, { force: true });
  }
}

interface Placed extends Replacement {
  /** Where the file really is. */
  readonly place: string;
}

/** A replacement whose new text is on the disk. */
interface Prepared extends Placed {
  readonly mode: number;
  /** The new text, in a file beside it. */
  readonly part: string;
}

async function prepare(replacement: Placed): Promise<Prepared> {
  const { file, place, after } = replacement;
  const { mode } = await stat(place);
  // Renaming needs no permission on the file itself, and a user who removed that permission did so on purpose.
  if ((mode & 0o222) === 0) throw new GateError('unwritable-file', 'is read-only', { file });
  await checkUnchanged(replacement);
  return { ...replacement, mode, part: await writePart(place, after, mode) };
}

async function checkUnchanged({ file, place, before }: Placed): Promise<void> {
  if (!(await readFile(place)).equals(Buffer.from(before)))
    throw new GateError('changed-meanwhile', 'was changed while it was checked: run again', { file });
}

async function writePart(place: string, text: string, mode: number): Promise<string> {
  const part = `${place}.${randomUUID()}.part`;
  const handle = await open(part, 'wx', mode & 0o777);
  try {
    await handle.writeFile(text);
    await handle.sync();
    return part;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Two names of one file ask for one text, or nothing is written. */
function isPreparedAlready(prepared: readonly Prepared[], { file, place, after }: Placed): boolean {
  const other = prepared.find((one) => one.place === place);
  if (other === undefined) return false;
  if (other.after === after) return true;
  throw new GateError('unwritable-file', `is to be written in two ways, also as ${other.file}`, { file });
}

/** What somebody else wrote since then stays. */
async function putBack(place: string, after: string, before: string, mode: number): Promise<void> {
  if ((await readFile(place)).equals(Buffer.from(after))) await rename(await writePart(place, before, mode), place);
}

async function explained<T>({ file }: Replacement, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof GateError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new GateError('unwritable-file', `could not be written (${code})`, { file, cause: error });
  }
}
