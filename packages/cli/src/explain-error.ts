import { isLogAlarm, isRekorError } from '@sigtrail/rekor';
import { isOciError } from 'oci-client-lite/names';
import { isSigtrailError } from 'sigtrail';
import type { ExitCode } from './exit-code.ts';
import { UsageError } from './usage-error.ts';

/** The command line, or a file that it names, is wrong. An unreadable file is a `UsageError` before any request. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'invalid-reference',
  'invalid-layout',
  'invalid-trusted-root',
  'invalid-key',
  'invalid-capsule',
  'invalid-journal',
  'invalid-policy',
  'invalid-bundle',
  'invalid-digest',
]);

/** What an error says, with its code. */
export function errorInWords(error: unknown): string {
  const code = codeIn(error);
  const message = error instanceof Error ? `${inFlags(code, error.message)}${typedIn(error)}` : 'unknown error';
  return `${message}${code === '' ? '' : ` [${code}]`}`;
}

/** A reference that can't be read, as it was typed: the message may be about one of several. */
function typedIn(error: Error): string {
  const isReference = isOciError(error) && error.code === 'invalid-reference' && error.actual !== undefined;
  return isReference ? `; got ${JSON.stringify(error.actual)}` : '';
}

/** The library names its own option; here it is a flag. */
function inFlags(code: string, message: string): string {
  if (code !== 'unknown-log') return message;
  return `${message.replace(/^"logs": /, '--rekor-url: ')}; --rekor-log says which of them answers at another address`;
}

/** The exit code of a command line that ends with an error. */
export function exitCodeOfError(error: unknown): ExitCode {
  // A TypeError without a code of ours, such as Node's ERR_…, is a mistake in this program, not in the command line.
  if (error instanceof UsageError || (error instanceof TypeError && /^[a-z-]+$/.test(codeIn(error)))) return 2;
  if (isLogAlarm(error)) return 30;
  // A log that refuses a question says so itself: what can't be meant is a UsageError before any log is asked.
  if (isRekorError(error)) return error.code === 'not-found' ? 11 : 14;
  if (isOciError(error) && error.code === 'not-found') return 11;
  if (!isSigtrailError(error) && !isOciError(error)) return 14;
  return exitCodeOfCode(error.code);
}

/** The exit code that the code of an error stands for. */
export function exitCodeOfCode(code: string): ExitCode {
  if (code === 'image-not-found') return 11;
  return USAGE_CODES.has(code) ? 2 : 14;
}

function codeIn(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
