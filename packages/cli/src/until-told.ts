/** Resolves when the process is told to stop: SIGTERM, or Ctrl-C. */
export async function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}
