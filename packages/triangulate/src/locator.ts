import { optionError } from '@sigtrail/encoding';
import { type Digest, isTag, OciError, parseDigest, parseReference, type Reference } from 'oci-client-lite/names';

/**
 * Where an image is: in a registry, or in an OCI image layout on disk (`directory` may be a tar file). If there is a digest, the digest
 * decides. `text` is the original text, for messages and reports.
 */
export type ImageLocator =
  | { readonly kind: 'registry'; readonly text: string; readonly reference: Reference }
  | {
      readonly kind: 'layout';
      readonly text: string;
      readonly directory: string;
      readonly tag?: string;
      readonly digest?: Digest;
    };

/**
 * Parses a registry reference, or `oci:DIRECTORY[:tag][@digest]` for a layout; `oci-archive:FILE[:tag][@digest]` is the same for a layout in a tar file.
 *
 * In a layout, the last `:` or `@` that no path separator follows counts. If the name of a directory contains one, write it with
 * a `/` at its end (`oci:./app:1.4/`).
 *
 * @throws OciError `invalid-reference`, `invalid-digest`
 * @example
 * ```ts
 * parseImageLocator('oci:./saved:1.4'); // { kind: 'layout', text: 'oci:./saved:1.4', directory: './saved', tag: '1.4' }
 * ```
 */
export function parseImageLocator(text: string): ImageLocator {
  if (typeof text !== 'string')
    throw optionError('invalid-option', 'parseImageLocator: the reference must be a string');
  if (text.startsWith('docker-archive:'))
    throw refuse(text, 'the format docker-archive has no digests of a registry; copy the image to oci-archive:FILE');
  const layout = withoutLayoutPrefix(text);
  if (layout === undefined) return { kind: 'registry', text, reference: parseReference(text) };
  // `oci://` is how Helm names a chart in a registry; taking it for a directory would answer "no such file" to the wrong question.
  if (text.startsWith('oci://')) throw refuse(text, 'leave out "oci://" for a registry; a layout is oci:DIRECTORY');
  if (/\p{Cc}/u.test(text)) throw refuse(text, 'control characters are not allowed');

  const [beforeDigest, digestText] = splitLast(layout, '@');
  const [directory, tag] = splitLast(beforeDigest, ':');
  if (directory === '') throw refuse(text, 'expected oci:DIRECTORY, oci:DIRECTORY:tag or oci:DIRECTORY@digest');
  if (tag !== undefined && !isTag(tag)) throw refuse(text, 'what follows the last ":" is not a tag');
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  return {
    kind: 'layout',
    text,
    directory,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Refuses anything but a locator, from a caller without types. @throws TypeError `invalid-option` */
export function checkImageLocator(given: ImageLocator): ImageLocator {
  const { kind, text } = (given ?? {}) as Partial<ImageLocator>;
  if ((kind !== 'registry' && kind !== 'layout') || typeof text !== 'string')
    throw optionError('invalid-option', 'the reference must be a string, or what parseImageLocator reads from one');
  return given;
}

/** What stands behind `oci:` or `oci-archive:`, which skopeo writes for a tar file; `undefined` for the name of a registry. */
export function withoutLayoutPrefix(text: string): string | undefined {
  return /^oci(?:-archive)?:(.*)$/s.exec(text)?.[1];
}

/** Splits at the last `separator` that is in the last segment of the path; a drive letter (`C:\`) has one behind it. */
function splitLast(text: string, separator: '@' | ':'): readonly [string, string | undefined] {
  const at = text.lastIndexOf(separator);
  if (at < 0 || /[/\\]/.test(text.slice(at))) return [text, undefined];
  return [text.slice(0, at), text.slice(at + 1)];
}

function refuse(text: string, why: string): OciError {
  return new OciError('invalid-reference', `not an image reference: ${why}`, { actual: text.slice(0, 200) });
}
