import { optionError, requireText } from '@sigtrail/encoding';
// RFC 9110 §5.6.2 and §5.5; nothing past Latin-1 has a spelling on the wire.
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const value = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether `text` can be the value of a header: no CR, LF, NUL or other control character that would end the line or begin another. */
export function isHeaderValue(text: string): boolean {
  requireText(text, 'isHeaderValue', 'text');
  return value.test(text);
}

/** @throws TypeError naming the header, never its value */
export function checkHeaders(headers: Readonly<Record<string, string>> | undefined, option: string): void {
  if (headers === undefined) return;
  for (const name of Object.keys(headers)) {
    if (!token.test(name)) throw optionError('invalid-option', `"${option}" holds a name that is not one of a header`);
    if (!isHeaderValue(headers[name] ?? ''))
      throw optionError('invalid-option', `"${option}.${name}" holds a character that no header value may have`);
  }
}
