import { requireText, visibleText } from '@sigtrail/encoding';

/** Text from strangers, made harmless for a terminal and a log: characters that could command it, or hide or cover other text, become visible JSON escapes. */
export function safeText(text: string): string {
  requireText(text, 'safeText', 'text');
  return visibleText(text);
}

// A value can be as long as a certificate. People won't read more of it than this, and the JSON report has it whole.
const MAX_LENGTH = 2000;

/** The same, and no longer than a person reads. */
export function shownText(text: string): string {
  // An escape is six times as long as what it stands for.
  const safe = safeText(text.slice(0, MAX_LENGTH));
  if (Math.max(text.length, safe.length) <= MAX_LENGTH) return safe;
  return `${safe.slice(0, MAX_LENGTH)}… (${text.length} characters)`;
}
