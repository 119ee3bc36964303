import { checkOptions, type OptionTable, requireList } from '@sigtrail/encoding';
import { formatReference, type Reference } from 'oci-client-lite/names';
import { isGateError } from '../error.ts';
import { findImages } from '../find/find-images.ts';
import { kindOf } from '../find/kind-of.ts';
import { shownFile } from '../text/place.ts';
import { findOptions, GATE_OPTIONS, type GateFilesOptions, readAll } from './gate-files.ts';

/** The images that files name, each once, and in a line each what could not be told. */
export interface NamedImages {
  readonly references: readonly Reference[];
  readonly problems: readonly string[];
}

const OPTIONS: OptionTable<NamedImagesOptions> = {
  find: GATE_OPTIONS.find,
  root: GATE_OPTIONS.root,
  standardInput: GATE_OPTIONS.standardInput,
};

/** How the images of files are read. */
export type NamedImagesOptions = Pick<GateFilesOptions, 'find' | 'root' | 'standardInput'>;

/** Reads the images of files, without asking about any. @throws GateError for an environment file that can't be read */
export async function namedImages(paths: readonly string[], options: NamedImagesOptions = {}): Promise<NamedImages> {
  requireList(paths, 'namedImages', 'paths');
  checkOptions(options, OPTIONS, 'namedImages');
  const { files, unreadable } = await readAll(paths, options.standardInput, options.root);
  const find = findOptions(options);
  const references = new Map<string, Reference>();
  const problems = unreadable.map(({ message }) => shownFile(message));
  for (const { file, text, isNamed } of files) {
    try {
      if (!isNamed && kindOf(text, file) === undefined) continue;
      for (const image of findImages(text, { ...find, file }).images) {
        if (image.outcome === 'image') references.set(formatReference(image.reference), image.reference);
        if (image.outcome === 'problem')
          problems.push(`${shownFile(image.file)}:${image.line}:${image.column}: ${image.message}`);
      }
    } catch (error) {
      if (!isGateError(error)) throw error;
      problems.push(shownFile(error.message));
    }
  }
  return { references: [...references.values()], problems };
}
