const maxWords = 200;

// What could be a secret: a value after its name, a long run of letters and digits in both cases, a long hexadecimal number, what tools call tokens.
const named =
  /\b(pass(?:word|wd)?|secret|token|api[_-]?key|authorization)(["']?\s*[:=]\s*["']?)((?:(?:bearer|basic)\s+)?[^\s"',;]{4,})/gi;
const scheme = /\b(bearer|basic)\s+(?!realm|auth|token|is|for)([^\s"',;]{4,})/gi;
const prefixed = /\b(?:gh[a-z]_|github_pat_|glpat-|dckr_pat_|xox[a-z]-|AKIA|ASIA|eyJ)[A-Za-z0-9_.-]{8,}/g;
const run = /[A-Za-z0-9+/_=~-]{20,}/g;

/**
 * Words of a program or a server as they may stand in one of our messages: one line, without control characters, cut at 200 characters, and without what could
 * be a secret. `secrets` are those that were sent, which a server may send back.
 */
export function harmless(text: string, secrets: readonly string[] = []): string {
  let words = text.slice(0, 4096);
  for (const secret of secrets) if (secret.length >= 4) words = words.replaceAll(secret, '[redacted]');
  words = words
    // Control and format characters, line ends, and what turns the direction of the text.
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
