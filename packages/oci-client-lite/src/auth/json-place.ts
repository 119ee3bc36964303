const space = /[ \t\r\n]*/y;
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const plain = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Where a text stops being JSON: `line 3, column 7`. JavaScript's own parser does not say, or quotes the text, which may be a password.
 * Only for a text that the parser has refused.
 */
export function placeOfJsonError(json: string): string {
  const at = endOfGoodPart(json);
  const before = json.slice(0, at);
  return `line ${before.split('\n').length}, column ${at - before.lastIndexOf('\n')}`;
}

function endOfGoodPart(json: string): number {
  let at = 0;
  const eat = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (pattern.exec(json) === null) return false;
    at = pattern.lastIndex;
    return true;
  };
  const open: ('{' | '[')[] = [];
  // What may come next: a value, a key, or whatever follows a value.
  let next: 'value' | 'first' | 'key' | 'after' = 'value';
  for (;;) {
    eat(space);
    const character = json[at];
    if (next === 'key' || (next === 'first' && open.at(-1) === '{' && character !== '}')) {
      if (!eat(text)) return at;
      eat(space);
      if (json[at] !== ':') return at;
      at += 1;
      next = 'value';
    } else if (next === 'value' || (next === 'first' && character !== ']' && character !== '}')) {
      if (character === '{' || character === '[') {
        open.push(character);
        at += 1;
        next = 'first';
      } else if (eat(text) || eat(plain)) next = 'after';
      else return at;
    } else {
      const closes = open.at(-1) === '{' ? '}' : ']';
      if (open.length === 0 || (character !== closes && (character !== ',' || next === 'first'))) return at;
      if (character === closes) open.pop();
      at += 1;
      next = character === closes ? 'after' : open.at(-1) === '{' ? 'key' : 'value';
    }
  }
}
