import type { ImageReport } from 'sigtrail';

/** What a later try may read. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly afterMs: number | undefined;

  constructor(report: ImageReport, afterMs: number | undefined) {
    super(report.problems[0]?.message ?? 'not everything could be read');
    this.afterMs = afterMs;
  }
}

// What a later try would find just the same.
const SETTLED: ReadonlySet<string> = new Set(['image-not-found', 'trust-expired', 'invalid-reference']);
const LONGEST_MS = 300_000;
const FIRST_MS = 1000;

/** Whether a report that left the verdict open might decide it another time. */
export function isWorthAnotherTry({ problems }: ImageReport): boolean {
  return !problems.every(({ code }) => SETTLED.has(code));
}

/** How long the registry asked to be left alone. */
export function retryAfterMsOf({ locations }: ImageReport): number | undefined {
  const asked = locations.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return asked.length === 0 ? undefined : Math.max(...asked);
}

/** When to try again: not before the registry wants it, and each time later, with jitter. */
export function tryAgainAfterMs(tries: number, _type?: string, error?: Error): number {
  const backoff = Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
  const asked = error instanceof RetryLater ? (error.afterMs ?? 0) : 0;
  return Math.ceil(Math.max(backoff, asked + Math.random() * 1000));
}
