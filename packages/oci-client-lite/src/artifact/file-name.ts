const maxSegmentBytes = 255;
const maxNameBytes = 1024;
const maxDepth = 16;
// Windows opens these devices in every directory, whatever stands behind the first dot; the superscript digits count, too.
const device = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(?:\.|$)/i;

/**
 * What makes a file name that an artifact gives unsafe to write, or `undefined`. The name may have directories (`docs/a.txt`). The answer is the
 * same on every system: what only Windows or macOS would misunderstand is unsafe everywhere.
 */
export function unsafeFileName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (Buffer.byteLength(name) > maxNameBytes) return `it is longer than ${maxNameBytes} bytes`;
  if (name.includes('\0')) return 'it has a NUL in it';
  // Line ends, marks that turn the direction of text, characters that file systems of macOS leave out, halves of characters.
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name))
    return 'it has an invisible character or a control character in it';
  if (name.includes('\\')) return 'it has a backslash in it';
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
  if (device.test(segment)) return 'Windows takes a part of it for a device';
  return Buffer.byteLength(segment) > maxSegmentBytes
    ? `a part of it is longer than ${maxSegmentBytes} bytes`
    : undefined;
}

/** Names that are one file where a file system ignores case or composes characters: they fold to the same text. */
export function foldFileName(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
