import { requireText, visibleText } from '@sigtrail/encoding';

/** Text from strangers, harmless on a terminal and in a log: what could command it, or hide or cover other text, becomes visible escapes, those of JSON. */
export function safeText(text: string): string {
  requireText(text, 'safeText', 'text');
  return visibleText(text);
}

// A value can be as long as a certificate; nobody reads more of it, and the JSON report has it whole.
const MAX_LENGTH = 2000;

/** The same, and no longer than a person reads. */
export function shownText(text: string): string {
  // An escape is six times as long as what it stands for.
  const safe = safeText(text.slice(0, MAX_LENGTH));
  if (Math.max(text.length, safe.length) <= MAX_LENGTH) return safe;
  return `${safe.slice(0, MAX_LENGTH)}… (${text.length} characters)`;
}
