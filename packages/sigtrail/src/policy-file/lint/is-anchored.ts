import { requireText } from '@sigtrail/encoding';
/**
 * Whether an RE2 expression can only match a whole text. `false` when in doubt, since it only decides about a warning:
 * `^a|b$` has both anchors and still accepts everything that starts with `a`; under `(?m)` the anchors match at lines.
 */
export function isAnchored(expression: string): boolean {
  requireText(expression, 'isAnchored', 'expression');
  const flags = /^\(\?([a-zA-Z]+)\)/.exec(expression);
  if (flags?.[1]?.includes('m') === true) return false;
  const pattern = expression.slice(flags?.[0].length ?? 0);
  const tokens = topLevelTokens(pattern);
  const first = tokens[0];
  const last = tokens.at(-1);
  return (
    (first === '^' || first === '\\A') &&
    // `^?a$`: an optional anchor anchors nothing.
    !['?', '*', '{'].includes(tokens[1] ?? '') &&
    (last === '$' || last === '\\z') &&
    !tokens.includes('|') &&
    !/\(\?[a-z]*m/.test(pattern)
  );
}

/** The tokens of the expression outside groups, classes and quotations. */
function topLevelTokens(pattern: string): readonly string[] {
  const tokens: string[] = [];
  let depth = 0;
  for (const [token] of pattern.matchAll(/\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]|./gsu)) {
    if (token === ')') depth -= 1;
    if (depth === 0) tokens.push(token);
    if (token === '(') depth += 1;
  }
  return tokens;
}
