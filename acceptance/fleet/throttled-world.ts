import { createVerifier } from 'sigtrail';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { startThrottlingFront, type ThrottlingFront } from '../many-images/throttling-front.ts';
import { createWorld, type FleetWorld } from './fleet-world.ts';

/** Many references to fewer images, behind a registry that lets so many requests a second through and fails now and then. */
export interface ThrottledWorld {
  readonly world: FleetWorld;
  readonly front: ThrottlingFront;
  readonly references: readonly string[];
  /** The verdict of one process, without throttle and faults, by reference. */
  readonly verdicts: ReadonlyMap<string, string>;
  /** The requests that this process needed. */
  readonly fewest: number;
  /** Requests since the last time, without those that were throttled. */
  readonly requests: () => number;
  /** Images whose list of referrers was read more often than by one process, since the last time. */
  readonly discoveredAgain: () => number;
  readonly close: () => Promise<void>;
}

/** Makes the images, and asks one process about them. */
export async function createThrottledWorld(images: number, count: number, perSecond: number): Promise<ThrottledWorld> {
  const registry = await startRegistry();
  const world = await createWorld(images, registry);
  const front = await startThrottlingFront(registry.host, { perSecond });
  const spellings = (host: string) =>
    world.images.flatMap(({ reference, pinned }) => {
      const [at, digest] = [reference.replace(registry.host, host), pinned.split('@')[1] ?? ''];
      return [at, `${at}@${digest}`, `${at.replace(/:v1$/, '')}@${digest}`];
    });
  const all = spellings(front.host);
  const references = Array.from({ length: count }, (_, index) => all[(index * 7919) % all.length] ?? '');
  const policy = world.policies['release'] ?? { signedBy: [] };
  const verdicts = new Map<string, string>();
  await using verifier = createVerifier({ trust: world.trust });
  const before = registry.requests.length;
  for await (const { reference, report, problem } of verifier.verifyMany(spellings(registry.host), () => policy))
    verdicts.set(reference.replace(registry.host, front.host), report?.verdict ?? problem?.code ?? 'nothing');
  const fewest = registry.requests.length - before;
  const once = referrersRead(registry);
  registry.requests.length = 0;
  let seen = 0;
  registry.fail({
    // Every hundredth, wherever it falls.
    route: () => {
      seen += 1;
      return seen % 100 === 50;
    },
    fault: { kind: 'status', status: 503, retryAfter: 0 },
  });
  return {
    world,
    front,
    references,
    verdicts,
    fewest,
    requests: () => registry.requests.length,
    discoveredAgain: () => [...referrersRead(registry)].filter(([path, times]) => times > (once.get(path) ?? 0)).length,
    close: async () => {
      await front.close();
      await registry.close();
    },
  };
}

function referrersRead({ requests }: FakeRegistry): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { route, path, status } of requests)
    if (route === 'referrers' && status === 200) found.set(path, (found.get(path) ?? 0) + 1);
  return found;
}
