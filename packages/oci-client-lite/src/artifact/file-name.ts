const maxSegmentBytes = 255;
const maxNameBytes = 1024;
const maxDepth = 16;
// Windows opens these devices in every directory, whatever follows the first dot; superscript digits count, too.
const device = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(?:\.|$)/i;

/**
 * Why the file name that an artifact gives is unsafe to write; `undefined` if it is safe. The name may have directories (`docs/a.txt`). The answer is the
 * same on every system: a name that only Windows or macOS would misread is unsafe everywhere.
 */
export function unsafeFileName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (Buffer.byteLength(name) > maxNameBytes) return `it is longer than ${maxNameBytes} bytes`;
  if (name.includes('\0')) return 'it contains a NUL';
  // Line ends, marks that change the direction of text, characters that macOS drops from file names, and lone surrogates.
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name))
    return 'it contains an invisible character or a control character';
  if (name.includes('\\')) return 'it contains a backslash';
  if (name.startsWith('/')) return 'it is an absolute path';
  if (/^[a-z]:/i.test(name)) return 'it begins with a drive letter';
  if (/[:*?"<>|]/.test(name)) return 'it has a character in it that Windows reserves (: * ? " < > |)';
  const segments = name.split('/');
  if (segments.length > maxDepth) return `it is more than ${maxDepth} directories deep`;
  for (const segment of segments) {
    const reason = unsafeSegment(segment);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function unsafeSegment(segment: string): string | undefined {
  if (segment === '') return 'it has an empty part between slashes';
  if (segment === '..') return 'it leads out of the directory by ".."';
  if (segment === '.') return 'it has "." for a part';
  if (/[. ]$/.test(segment)) return 'a part of it ends in a dot or a space, which Windows leaves out';
  if (segment.startsWith(' ')) return 'a part of it begins with a space';
  if (device.test(segment)) return 'a part of it is the name of a device on Windows';
  return Buffer.byteLength(segment) > maxSegmentBytes
    ? `a part of it is longer than ${maxSegmentBytes} bytes`
    : undefined;
}

/** Folds a file name: names that a file system takes for the same file, because it ignores case or composes characters, fold to the same text. */
export function foldFileName(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
