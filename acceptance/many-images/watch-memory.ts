/** Watches how large the process becomes. */
export interface WatchedMemory {
  /** Ends the watch: how much larger the process was at its largest than before, in MiB. */
  readonly stop: () => number;
}

/** Looks every 20 ms: the work has pauses, since it waits for a registry. */
export function watchMemory(): WatchedMemory {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.round((peak - before) / 1024 ** 2);
    },
  };
}
