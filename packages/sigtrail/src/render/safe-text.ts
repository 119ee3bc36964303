import { requireText } from '@sigtrail/encoding';
/**
 * Text from strangers, harmless on a terminal and in a log: control characters (C0, C1, DEL), invisible ones (bidirectional
 * overrides, zero width, tags), line separators and lone surrogates become visible escapes; a workflow name may hold any of
 * them. The escapes are JSON's, so a JSON text stays the same document.
 */
export function safeText(text: string): string {
  requireText(text, 'safeText', 'text');
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
