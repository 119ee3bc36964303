import { formatReference, isOciError, parseReference, type Reference } from 'oci-client-lite/names';
import type { PositionOf, TextSpan } from '../text/place.ts';

/** What a file is read as. */
export type FileKind = 'kubernetes' | 'compose' | 'dockerfile' | 'workflow' | 'devcontainer';

/** Every {@link FileKind}. */
export const FILE_KINDS: readonly FileKind[] = ['kubernetes', 'compose', 'dockerfile', 'workflow', 'devcontainer'];

/** Where an image is named. */
export interface ImagePlace {
  readonly file: string;
  readonly kind: FileKind;
  /** JSON Pointer into the document; several documents of one file are `/0`, `/1`, …; of a Dockerfile, the instruction and its part. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Where the text ends on its last line: the first column behind it. */
  readonly endLine: number;
  readonly endColumn: number;
  readonly offsets: TextSpan;
  /** As it is written in the file, between the offsets. */
  readonly text: string;
}

/** Why an image that a file names can't be told. */
export type FindProblemCode =
  | 'invalid-reference'
  | 'templated'
  | 'unset-variable'
  | 'withheld-variable'
  | 'unsupported-expression'
  | 'platform-dependent'
  | 'not-a-string'
  | 'tagged'
  | 'no-image'
  | 'duplicate-key'
  | 'unreadable-file'
  | 'missing-service'
  | 'too-many-files'
  | 'unknown-document'
  | 'external-anchor'
  | 'invalid-file';

/** Why the text in the file can't carry a pin, though the image is known. */
export type UnpinnableCode = 'interpolated' | 'escaped' | 'several-lines' | 'comes-from-elsewhere';

/** A file names this image. */
export interface NamedImage extends ImagePlace {
  readonly outcome: 'image';
  readonly reference: Reference;
  /** The reference as the file means it, with its variables filled in. */
  readonly named: string;
  /** The variables that were filled in, and where from. */
  readonly variables?: readonly FilledVariable[];
  readonly unpinnable?: UnpinnableCode;
  /** Found by its shape in a kind of resource that is not known. */
  readonly byShape?: true;
  /** The Compose services that run it. */
  readonly services?: readonly string[];
}

/** A variable of a file, as it was filled in. */
export interface FilledVariable {
  readonly name: string;
  readonly from: 'given' | 'default';
}

/** A file names an image here, and which one can't be told. */
export interface UnresolvedImage extends ImagePlace {
  readonly outcome: 'problem';
  readonly problem: FindProblemCode;
  readonly message: string;
}

/** What runs here is built from other files: there is no image to verify. */
export interface BuiltHere extends ImagePlace {
  readonly outcome: 'built';
  readonly message: string;
}

/** One place of a file that decides what runs. */
export type FoundImage = NamedImage | UnresolvedImage | BuiltHere;

/** Makes entries of one file. */
export interface PlaceMaker {
  readonly file: string;
  readonly kind: FileKind;
  readonly text: string;
  readonly positionOf: PositionOf;
}

/** The place of a span. */
export function placeOf({ file, kind, text, positionOf }: PlaceMaker, path: string, span: TextSpan): ImagePlace {
  const { line, column } = positionOf(span.start);
  const end = positionOf(span.end);
  return {
    file,
    kind,
    path,
    line,
    column,
    endLine: end.line,
    endColumn: end.column,
    offsets: span,
    text: text.slice(span.start, span.end),
  };
}

/** What is known of an image beside its name. */
export type ImageExtras = Partial<Pick<NamedImage, 'variables' | 'unpinnable' | 'byShape' | 'services'>>;

/** The entry of what a file names: an image where it is a reference, else the problem. */
export function imageAt(place: ImagePlace, named: string, extras: ImageExtras = {}): NamedImage | UnresolvedImage {
  if (named.includes('{{') || named.includes('}}'))
    return problemAt(place, 'templated', `${JSON.stringify(named)} is filled in by a template: render it first`);
  try {
    return { ...place, outcome: 'image', reference: parseReference(named), named, ...extras };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return problemAt(place, 'invalid-reference', error.message);
  }
}

/** The entry of what can't be told. */
export function problemAt(place: ImagePlace, problem: FindProblemCode, message: string): UnresolvedImage {
  return { ...place, outcome: 'problem', problem, message };
}

/** One place that was met twice, for what runs it either time. */
export function withServicesOf(place: FoundImage, other: FoundImage): FoundImage {
  if (place.outcome !== 'image' || other.outcome !== 'image') return place;
  const services = [...new Set([...(place.services ?? []), ...(other.services ?? [])])];
  return services.length === 0 ? place : { ...place, services };
}

/** A reference as policy maps and reports of this package write it: Docker Hub is `docker.io`. */
export function normalName(reference: Reference): string {
  return formatReference(reference).replace(/^index\.docker\.io\//, 'docker.io/');
}
