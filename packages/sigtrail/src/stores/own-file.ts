import type { Stats } from 'node:fs';

/** Whether a file or directory belongs to the user of the process, and no other user may write to it. Windows has no such owners and modes. */
export function isOurs({ uid, mode }: Stats): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

/** Whether an error has one of these system codes. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
