// Loaded into the webhook before it starts, with --expose-gc: at SIGUSR2 the process collects its garbage and prints what it still holds. What isn't collected yet says
// nothing about a leak.

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ event: 'live-heap', bytes: heapUsed + external })}\n`);
});
