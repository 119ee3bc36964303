import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GateError } from '../error.ts';
import { kindByName } from '../find/kind-of.ts';
import { decodeText } from '../text/decode-text.ts';
import { isOutside } from './inside.ts';
import { readBounded } from './read-bounded.ts';

/** A file that is looked at for images. */
export interface GateFile {
  /** As it was given, or found below a directory that was. */
  readonly file: string;
  readonly text: string;
  /** Named by itself: then it must be something that is known. Of a directory only what is known is looked at. */
  readonly isNamed: boolean;
}

/** What the given paths come to. */
export interface GateFiles {
  readonly files: readonly GateFile[];
  /** Those that can't be read, each with its reason. */
  readonly unreadable: readonly GateError[];
  /** Folders that were left out below the given ones. */
  readonly ignored: number;
}

/** Folders of other people's code, and of tools. */
const IGNORED = /^(?:node_modules|vendor|dist|\.(?!github$|devcontainer$|gitlab$).*)$/;
const MAX_FILES = 20_000;

/**
 * Reads files, and the files below directories whose names may hold images. `node_modules`, `vendor`, `dist` and hidden folders other than `.github`
 * and `.devcontainer` are left out. A symbolic link in a folder is read if it stays below that folder or `root`, and reported otherwise; one to a folder
 * is left out.
 */
export async function readGateFiles(paths: readonly string[], root = '.'): Promise<GateFiles> {
  const files = new Map<string, GateFile>();
  const unreadable: GateError[] = [];
  const walk: Walk = { ignored: 0, seen: 0, root };
  for (const path of paths) {
    for (const { file, isNamed } of await filesAt(path, walk, unreadable)) {
      const known = files.get(file);
      const text = known?.text ?? readOne(file, unreadable);
      if (text !== undefined) files.set(file, { file, text, isNamed: isNamed || known?.isNamed === true });
    }
  }
  return { files: [...files.values()], unreadable, ignored: walk.ignored };
}

interface Walk {
  ignored: number;
  seen: number;
  readonly root: string;
}

async function filesAt(
  path: string,
  walk: Walk,
  unreadable: GateError[],
): Promise<readonly { readonly file: string; readonly isNamed: boolean }[]> {
  const found = await statOf(path, unreadable);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [{ file: path, isNamed: true }];
  return (await below(path, walk, unreadable)).map((file) => ({ file, isNamed: false }));
}

async function statOf(path: string, unreadable: GateError[]): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    unreadable.push(unreadableFile(path, error));
    return undefined;
  }
}

async function below(folder: string, walk: Walk, unreadable: GateError[]): Promise<readonly string[]> {
  const found: string[] = [];
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const entries = await readdir(next, { withFileTypes: true });
    for (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) {
        if (IGNORED.test(entry.name)) walk.ignored += 1;
        else open.push(path);
      } else if (entry.isSymbolicLink()) found.push(...(await linked(path, folder, walk, unreadable)));
      else if (entry.isFile() && kindByName(entry.name) !== undefined) found.push(path);
    }
    walk.seen += entries.length;
    if (walk.seen > MAX_FILES) {
      unreadable.push(
        new GateError('too-large', `has more than ${MAX_FILES} files: name the folders that hold manifests`, {
          file: folder,
        }),
      );
      return [];
    }
  }
  return found.toSorted();
}

/** What a link in a folder comes to. `kubectl apply -f` follows one to a file, and none to a folder. */
async function linked(path: string, folder: string, walk: Walk, unreadable: GateError[]): Promise<readonly string[]> {
  try {
    const place = await realpath(path);
    if ((await stat(place)).isDirectory()) walk.ignored += 1;
    else if (kindByName(path) !== undefined) {
      const tops = await Promise.all([realpath(folder), realpath(resolve(walk.root))]);
      if (tops.some((top) => !isOutside(top, place))) return [path];
      unreadable.push(
        new GateError('unreadable-file', 'is a link that leads out of its folder: give it by name', { file: path }),
      );
    }
  } catch (error) {
    if (kindByName(path) !== undefined) unreadable.push(unreadableFile(path, error));
  }
  return [];
}

function readOne(file: string, unreadable: GateError[]): string | undefined {
  try {
    return decodeText(readBounded(file), file);
  } catch (error) {
    unreadable.push(error instanceof GateError ? error : unreadableFile(file, error));
    return undefined;
  }
}

/** The error of a file that can't be read, in words for what people type wrong most. */
export function unreadableFile(file: string, cause: unknown): GateError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const message = code === 'ENOENT' ? 'there is no such file or folder' : `can't be read (${code})`;
  return new GateError('unreadable-file', message, { file, cause });
}
