const maxWords = 200;

// What could be a secret: a value after its name, a long run of letters and digits in both cases, a long hexadecimal number, tokens by their usual prefixes.
const named =
  /\b(pass(?:word|wd)?|secret|token|api[_-]?key|authorization)(["']?\s*[:=]\s*["']?)((?:(?:bearer|basic)\s+)?[^\s"',;]{4,})/gi;
const scheme = /\b(bearer|basic)\s+(?!realm|auth|token|is|for)([^\s"',;]{4,})/gi;
const prefixed = /\b(?:gh[a-z]_|github_pat_|glpat-|dckr_pat_|xox[a-z]-|AKIA|ASIA|eyJ)[A-Za-z0-9_.-]{8,}/g;
const run = /[A-Za-z0-9+/_=~-]{20,}/g;

/**
 * Text from a program or a server, made fit for one of our messages: on one line, without control characters, cut at 200 characters, and without anything that could
 * be a secret. `secrets` are those that were sent, which a server may send back.
 */
export function harmless(text: string, secrets: readonly string[] = []): string {
  let words = text.slice(0, 4096);
  for (const secret of secrets) if (secret.length >= 4) words = words.replaceAll(secret, '[redacted]');
  words = words
    // Control and format characters, line ends, and marks that change the direction of the text.
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .replace(prefixed, '[redacted]')
    .replace(named, '$1$2[redacted]')
    .replace(scheme, '$1 [redacted]')
    .replace(run, (found) => (couldBeSecret(found) ? '[redacted]' : found));
  return words.length > maxWords ? `${words.slice(0, maxWords)}…` : words;
}

function couldBeSecret(run: string): boolean {
  if (/^[0-9a-f-]{24,}$/i.test(run)) return true;
  return /\d/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run);
}
