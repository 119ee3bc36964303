/**
 * Text from strangers, harmless on a terminal and in a log: control characters, bidirectional overrides and line
 * separators become visible escapes (a workflow name may hold any of them).
 */
export function safeText(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
