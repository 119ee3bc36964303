import { statSync } from 'node:fs';
import { formatReference, isOciError } from 'oci-client-lite/names';
import { type ImageLocator, parseImageLocator } from 'sigtrail/triangulate';
import { readInput, readStandardInput } from './read-input.ts';
import { UsageError } from './usage-error.ts';
import { referenceOf } from './verify-flags.ts';

/** Flags that name images, beside the arguments. */
export interface ListFlags {
  readonly images?: string;
  readonly localImage?: boolean;
  readonly key?: string;
}

/** A reference, and where it was named. */
interface Named {
  readonly text: string;
  /** `images.txt:7`; absent: it is an argument. */
  readonly place?: string;
}

/** The images that a command line names. */
export interface ListedReferences {
  /** Each once, in order. */
  readonly references: readonly string[];
  /** About references that are named again, to be told once the rest of the command line is known to be right. */
  readonly notes: readonly string[];
}

const MAX_BYTES = 64 * 1024 * 1024;

/** Every image that a command line names. A reference that is malformed is refused with its place, before any image is asked about. */
export async function referencesOf(words: readonly string[], flags: ListFlags): Promise<ListedReferences> {
  const lists = [...(words.includes('-') ? ['-'] : []), ...(flags.images === undefined ? [] : [flags.images])];
  if (lists.includes('-') && flags.key === '-')
    throw new UsageError('--key - and the list of images both want standard input; give one of them as a file');
  if (lists.length > 1 && new Set(lists).size < lists.length)
    throw new UsageError('standard input is named twice for the list of images');
  if (flags.localImage !== true) words.forEach(refuseFile);
  const listed = await Promise.all(lists.map(readList));
  const named: readonly Named[] = [
    ...words.filter((word) => word !== '-').map((word) => ({ text: referenceOf(word, flags) })),
    ...listed.flat().map((one) => ({ ...one, text: referenceOf(one.text, flags) })),
  ];
  if (named.length === 0)
    throw new UsageError(
      lists.length === 0
        ? 'name an image, or a list of images: --images FILE, or - for standard input'
        : `${lists.map(nameOf).join(' and ')} names no image; expected one reference a line`,
    );
  return onceEach(named);
}

/** A list without its flag would be asked about as an image of Docker Hub, which tells a stranger the file's name. */
function refuseFile(word: string): void {
  if (statSync(word, { throwIfNoEntry: false })?.isFile() !== true) return;
  throw new UsageError(
    `${word} is a file; for the images that it lists, write --images ${word}, and for an image of that name, its registry or tag too (docker.io/…)`,
  );
}

function nameOf(list: string): string {
  return list === '-' ? 'standard input' : list;
}

/** One reference a line. What follows a `#` is a comment: no reference has that character. */
async function readList(list: string): Promise<readonly Named[]> {
  const text =
    list === '-'
      ? Buffer.from(await readStandardInput(MAX_BYTES, 'one reference a line')).toString('utf8')
      : await readInput('--images', list);
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ text: line.replace(/(?:^|\s)#.*$/, '').trim(), place: `${nameOf(list)}:${index + 1}` }))
    .filter((one) => one.text !== '');
}

function onceEach(named: readonly Named[]): ListedReferences {
  const first = new Map<string, Named>();
  const notes: string[] = [];
  for (const one of named) {
    const name = canonical(parse(one));
    const before = first.get(name);
    if (before === undefined) first.set(name, one);
    else
      notes.push(
        `note: ${one.place === undefined ? '' : `${one.place}: `}${one.text} is the same image as ${before.place ?? before.text}, and is asked about once`,
      );
  }
  return { references: [...first.values()].map(({ text }) => text), notes };
}

function parse({ text, place }: Named): ImageLocator {
  try {
    return parseImageLocator(text);
  } catch (error) {
    if (!isOciError(error) || place === undefined) throw error;
    throw new UsageError(`${place}: ${error.message} [${error.code}]`);
  }
}

function canonical(locator: ImageLocator): string {
  return locator.kind === 'registry' ? formatReference(locator.reference) : `layout ${locator.text}`;
}
