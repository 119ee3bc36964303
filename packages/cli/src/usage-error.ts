/** What the user typed can't be meant: exit code 2, one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
