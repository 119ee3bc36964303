/**
 * JSON with comments, as editors keep it, with every comment and every comma before a closing bracket blanked out: what is left is JSON, and
 * everything stands where it stood.
 */
export function blankComments(text: string): string {
  const parts: string[] = [];
  // The comma behind which nothing but blanks and comments has come so far.
  let comma: number | undefined;
  for (const [part] of text.matchAll(
    /"(?:[^"\\\n]|\\[^\n])*"?|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|\s+|[^"/\s]|\//g,
  )) {
    const isComment = part.startsWith('//') || part.startsWith('/*');
    if (comma !== undefined && (part === '}' || part === ']')) parts[comma] = ' ';
    if (!isComment && part.trim() !== '') comma = part === ',' ? parts.length : undefined;
    parts.push(isComment ? part.replaceAll(/[^\r\n]/g, ' ') : part);
  }
  return parts.join('');
}
