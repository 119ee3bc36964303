/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1). */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** By lower-case name; if a parameter is repeated, the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const space = /[ \t]*/y;
const bareValue = /[^\s,;"]+/y; // wider than the grammar: `Basic realm=/` exists
const quotedValue = /"((?:[^"\\]|\\[^])*)"/y;
const restOfValue = /[^,;]*/y;
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const maxLength = 16 * 1024;

/**
 * Reads the challenges of all `WWW-Authenticate` headers: several headers, several challenges in one header (Codeberg sends
 * Bearer and Basic that way), any order and case. As lenient as other clients: parameters separated by spaces or semicolons, quotes within
 * quotes, an unclosed realm of Basic. Any other syntax error ends the header, and the challenge it is in is ignored.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.filter((header) => header.length <= maxLength).flatMap(parseHeader);
}

function parseHeader(text: string): readonly Challenge[] {
  const done: Challenge[] = [];
  let current: { scheme: string; parameters: Map<string, string> } | undefined;
  let at = 0;
  const eat = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  const finish = (): void => {
    if (current !== undefined) done.push(current);
    current = undefined;
  };

  while (at < text.length) {
    eat(space);
    if (text[at] === ',' || text[at] === ';') {
      at += 1;
      continue;
    }
    if (at >= text.length) break;
    const name = eat(token)?.[0];
    if (name === undefined) return done;
    const afterName = at;
    eat(space);
    if (text[at] === '=' && current !== undefined) {
      at += 1;
      eat(space);
      const value = text[at] === '"' ? eat(quotedValue)?.[1]?.replace(/\\([^])/g, '$1') : eat(bareValue)?.[0];
      if (value === undefined) {
        // The realm of Basic is a text for people, so every other client accepts a truncated one; a truncated address leads nowhere.
        if (current.scheme === 'basic') finish();
        return done;
      }
      const key = name.toLowerCase();
      if (!current.parameters.has(key)) current.parameters.set(key, value);
      const afterValue = at;
      eat(space);
      // `realm="Registry "prod""`: whatever follows the inner quote belongs to the text of the realm, up to the next comma.
      if (at === afterValue && at < text.length && !/[,;]/.test(text[at] ?? '')) eat(restOfValue);
      continue;
    }
    finish();
    at = afterName;
    current = { scheme: name.toLowerCase(), parameters: new Map() };
    eat(space);
    if (at > afterName) eat(token68); // `Negotiate YII=`: the token of a scheme that we do not speak
  }
  finish();
  return done;
}
