import { requireText } from './options.ts';

/**
 * Text from strangers, harmless on a terminal and in a log. Control characters (C0, C1, DEL), invisible ones (bidirectional overrides, zero width, fillers, tags,
 * the blank of Braille), spaces that only look like a space, line separators, lone surrogates and characters without a meaning of their own (private use, noncharacters, U+FFFC) become visible escapes. So do combining marks that stand on no letter or digit, or that are more than any
 * script puts on one: they would be drawn over other text. The escapes are JSON's, so a JSON text stays the same document.
 */
export function visibleText(text: string): string {
  requireText(text, 'visibleText', 'text');
  return text.replaceAll(HIDDEN, escaped).replaceAll(LOOSE_MARKS, escaped);
}

const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800\ufffc]/gu;
// Vietnamese has two on a letter, Hebrew and Thai three, Tibetan four.
const LOOSE_MARKS = /(?<![\p{L}\p{N}\p{M}])\p{M}+|(?<=\p{M}{4})\p{M}+/gu;

function escaped(characters: string): string {
  return characters
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
