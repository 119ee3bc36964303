import { startRegistry } from '@sigtrail/testing';
import { createOciClient, isOciError, type OciRepository } from 'oci-client-lite';
import { type Ending, expectedEnding } from './expected.ts';
import { type FaultKind, faultKinds, long } from './faults.ts';
import { fill, imageDigest, type RequestKind, requestKinds } from './requests.ts';

/** One kind of request that met one fault. */
export interface Cell {
  readonly request: string;
  readonly fault: string;
  readonly expected: Ending;
  /** How it ended; anything else, or anything late, is described in words. */
  readonly actual: string;
  readonly passed: boolean;
  /** How often the fault applied; 0 shows nothing. */
  readonly hits: number;
  readonly durationMs: number;
}

/** What a busy machine may add to a deadline. */
const slackMs = 3000;
/** Cells at work at a time. */
const breadth = 6;

/** Runs every kind of request against every fault, each with its own registry and client. Yields cells as they end. */
export async function* runFaultMatrix(): AsyncGenerator<Cell, void, undefined> {
  const waiting = requestKinds.flatMap((kind) => faultKinds.map((fault) => [kind, fault] as const));
  const running = new Map<number, Promise<readonly [number, Cell]>>();
  for (let next = 0; next < waiting.length || running.size > 0; ) {
    while (running.size < breadth) {
      const pair = waiting[next];
      if (pair === undefined) break;
      const number = next;
      running.set(
        number,
        runCell(...pair).then((cell) => [number, cell] as const),
      );
      next += 1;
    }
    const [number, cell] = await Promise.race(running.values());
    running.delete(number);
    yield cell;
  }
}

/** Runs one kind of request against one fault. */
export async function runCell(kind: RequestKind, fault: FaultKind): Promise<Cell> {
  await using registry = await startRegistry(kind.registry);
  fill(registry);
  await using client = createOciClient({
    dockerConfig: false,
    env: {},
    retries: 1,
    retryBaseMs: 1,
    maxManifestBytes: 256 * 1024,
    ...kind.client,
  });
  const repository = client.repository(`${registry.host}/acme/app`);
  const prepared = await kind.prepare?.(repository);
  const rule = registry.fail({ route: (request) => kind.strikes(request), fault: fault.fault(kind.method) });
  const expected = expectedEnding(kind.name, fault.name);
  // Where a body that drips doesn't matter (HEAD, a ping), it costs a part of the deadline at most.
  const timeoutMs = expected === 'timeout' ? fault.timeoutMs : long;
  const started = performance.now();
  const actual = await endingOf(kind, { ...fault, timeoutMs }, repository, prepared);
  const durationMs = performance.now() - started;
  const isInTime = durationMs <= timeoutMs + slackMs;
  return {
    request: kind.name,
    fault: fault.name,
    expected,
    actual: isInTime ? actual : `${actual}, after ${Math.round(durationMs)} ms`,
    passed: actual === expected && isInTime && rule.hits > 0,
    hits: rule.hits,
    durationMs,
  };
}

async function endingOf(
  { read, truth, absence, method }: RequestKind,
  { timeoutMs, name }: FaultKind,
  repository: OciRepository,
  prepared: unknown,
): Promise<string> {
  try {
    const answer = await read(repository, timeoutMs, prepared);
    if (answer === truth) return 'right';
    if (absence !== undefined && answer === absence) return 'absent';
    if (method === 'HEAD' && name === 'wrong digest') return await checkClaim(repository, answer);
    return 'wrong answer';
  } catch (error) {
    if (!isOciError(error)) return `untyped error: ${String(error)}`;
    if (name === '429 with Retry-After' && error.code === 'rate-limited' && error.retryAfterMs !== 120_000)
      return 'rate-limited, but for how long is lost';
    return error.code;
  }
}

/** A falsely claimed digest must fail when it is read. */
async function checkClaim(repository: OciRepository, claimed: string): Promise<string> {
  if (claimed === imageDigest) return 'right';
  return await repository.fetchManifest(claimed).then(
    () => 'wrong answer',
    (error: unknown) => (isOciError(error) ? 'claim' : `untyped error: ${String(error)}`),
  );
}
