/** Whether a plain string was probably meant as a pattern: names and claims have no `*`, and don't begin with `^` or end in `$`. */
export function looksLikePattern(text: string): boolean {
  return /\*|^\^|\$$|\\./.test(text);
}
