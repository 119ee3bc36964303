// The requests of the six jobs whose cosign runs were recorded, beside cosign's own: how many, how many after one another, how long.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createOciClient } from 'oci-client-lite';
import { type FakeRegistry, type RequestRecord, startRegistry } from '@sigtrail/testing';
import { dependentSteps, triangulate, type Triangulation } from '@sigtrail/triangulate';
import { type Case, readCases } from '../../packages/triangulate/test/attached.ts';

const run = promisify(execFile);

/** Milliseconds before each answer, where time is measured. */
export const delayMs = 20;

/** One job, by tag or by digest. Walls are the best of several, in milliseconds. */
export interface RequestLog {
  readonly job: string;
  readonly by: 'tag' | 'digest';
  readonly requests: number;
  /** By our transcript. */
  readonly steps: number;
  /** By the registry's own clock: the longest chain of requests, each begun after the previous one had ended. */
  readonly chain: number;
  readonly wallMs: number;
  readonly cosign: {
    readonly requests: number;
    /** The recorded requests, sent again as cosign sends them, through the same registry with the same delay. */
    readonly replayMs: number;
    /** The recorded whole process, where it was recorded with the delay. */
    readonly recordedMs?: number;
    /** The real program, in this run, whole process. */
    readonly liveMs?: number;
  };
}

interface Job {
  readonly name: string;
  readonly command: 'verify' | 'verify-attestation';
  readonly want: readonly ['signatures' | 'attestations'];
}

const jobs: readonly Job[] = [
  { name: 'legacy-keyless-github', command: 'verify', want: ['signatures'] },
  { name: 'bundle-keyless-github', command: 'verify', want: ['signatures'] },
  { name: 'bundle-keyless-rekor2', command: 'verify', want: ['signatures'] },
  { name: 'legacy-att', command: 'verify-attestation', want: ['attestations'] },
  { name: 'bundle-att', command: 'verify-attestation', want: ['attestations'] },
  { name: 'many-referrers', command: 'verify', want: ['signatures'] },
];

/** How to measure. */
export interface RequestLogOptions {
  /** The best of so many; default 8. */
  readonly rounds?: number;
  /** The path of cosign 3: the real program is timed too. */
  readonly cosign?: string | undefined;
}

/** Runs the jobs. */
export async function runRequestLogs(
  localStack: string,
  { rounds = 8, cosign }: RequestLogOptions = {},
): Promise<readonly RequestLog[]> {
  const registry = await startRegistry();
  try {
    const baseline = readBaseline(localStack);
    const logs: RequestLog[] = [];
    for (const job of jobs) {
      const one = readCases(localStack).find(({ name }) => name === job.name);
      if (one === undefined) throw new Error(`the case ${job.name} is missing`);
      registry.loadLayout(one.repository, join(localStack, one.name, one.layouts[one.repository] ?? 'layout'));
      for (const by of ['tag', 'digest'] as const)
        logs.push(await runJob({ registry, localStack, baseline, rounds, cosign }, job, one, by));
    }
    return logs;
  } finally {
    await registry.close();
  }
}

interface Bench {
  readonly registry: FakeRegistry;
  readonly localStack: string;
  readonly baseline: readonly Recorded[];
  readonly rounds: number;
  readonly cosign: string | undefined;
}

async function runJob(bench: Bench, job: Job, one: Case, by: RequestLog['by']): Promise<RequestLog> {
  const { registry, baseline } = bench;
  const selector = by === 'tag' ? `:${one.tag}` : `@${one.digest}`;
  const look = async (): Promise<Triangulation> => {
    const client = createOciClient({ dockerConfig: false });
    try {
      return (await triangulate(`${registry.host}/${one.repository}${selector}`, { client, want: job.want })).graph;
    } finally {
      await client.close();
    }
  };
  registry.configure({ delayMs: 0 });
  registry.requests.length = 0;
  const graph = await look();
  const requests = registry.requests.length;
  const order = cosignOrder(registry, one, by, job, graph);
  const recorded = baseline.filter((other) => other.job === `${job.name} ${job.command}` && other.by === by);
  const theirs = recorded.find(({ delay }) => delay === 0);
  if (theirs === undefined || theirs.order.join() !== order.map(anonymous).join())
    throw new Error(`${job.name} by ${by}: this is not the sequence that was recorded`);

  registry.configure({ delayMs });
  registry.requests.length = 0;
  await look();
  const chain = longestChain(registry.requests);
  const atOnce = job.name === 'legacy-att' ? 3 : 1; // the only job in which cosign sends some at the same time
  const wallMs = await best(look, bench.rounds);
  const replayMs = await best(() => replay(registry, order, atOnce), Math.min(bench.rounds, 2));
  const liveMs = bench.cosign === undefined ? undefined : await best(() => runCosign(bench, job, one, selector), 2);
  const recordedMs = recorded.find(({ delay }) => delay === delayMs)?.wallMs;
  return {
    job: `${job.name} ${job.command}`,
    by,
    requests,
    steps: dependentSteps(graph.transcript),
    chain,
    wallMs,
    cosign: {
      requests: order.length,
      replayMs,
      ...(recordedMs === undefined ? {} : { recordedMs }),
      ...(liveMs === undefined ? {} : { liveMs }),
    },
  };
}

interface Recorded {
  readonly job: string;
  readonly by: string;
  readonly delay: number;
  readonly wallMs: number;
  readonly order: readonly string[];
}

function readBaseline(localStack: string): readonly Recorded[] {
  const file = join(localStack, 'baseline-cosign-requests.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly requests: readonly Recorded[] }).requests;
}

/** cosign 3's requests: everything that refers to the image, twice, or what hangs on the tag when nothing does. */
function cosignOrder(
  registry: FakeRegistry,
  { repository, tag, digest }: Case,
  by: RequestLog['by'],
  { command }: Job,
  { finds }: Triangulation,
): readonly string[] {
  const at = (path: string): string => `/v2/${repository}/${path}`;
  const resolve = by === 'tag' ? [at(`manifests/${tag}`)] : [];
  const layerOf = (manifest: string): readonly string[] =>
    finds.flatMap(({ manifestDigest, layer }) =>
      manifestDigest === manifest && layer !== undefined ? [at(`blobs/${layer.digest}`)] : [],
    );
  const referrers = registry.referrersOf(repository, digest);
  const list = [...resolve, at(`referrers/${digest}`)];
  if (referrers.length > 0) {
    const pass = [...list, ...referrers.flatMap((one) => [at(`manifests/${one.digest}`), ...layerOf(one.digest)])];
    return ['/v2/', ...pass, ...pass];
  }
  const suffix = command === 'verify' ? 'sig' : 'att';
  const tagged = `${digest.replace(':', '-')}.${suffix}`;
  const layers = finds.flatMap(({ layer }) => (layer === undefined ? [] : [at(`blobs/${layer.digest}`)]));
  return ['/v2/', ...list, ...resolve, at(`manifests/${tagged}`), ...layers];
}

/** A path as the recording has it. */
function anonymous(path: string): string {
  return `GET ${path.replace(/^\/v2\/.+?(?=\/(?:manifests|blobs|referrers)\/)/, '').replace(/sha256[:-][0-9a-f]{64}/, (digest) => (digest.includes('-') ? 'D-' : 'D'))} 200`;
}

async function replay(registry: FakeRegistry, order: readonly string[], atOnce: number): Promise<void> {
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
  const ask = async (path: string): Promise<void> => {
    const response = await fetch(`${registry.url}${path}`, { headers: { accept } });
    await response.arrayBuffer();
  };
  for (let at = 0; at < order.length; ) {
    const blobs = order.slice(at, at + atOnce).filter((path, n) => n === 0 || path.includes('/blobs/'));
    const together = order[at]?.includes('/blobs/') === true ? blobs : order.slice(at, at + 1);
    await Promise.all(together.map(ask));
    at += together.length;
  }
}

async function runCosign(
  { registry, localStack, cosign }: Bench,
  job: Job,
  one: Case,
  selector: string,
): Promise<void> {
  const { cosign: runs } = JSON.parse(readFileSync(join(localStack, one.name, 'case.json'), 'utf8')) as {
    readonly cosign: readonly { readonly tool: string; readonly args: readonly string[]; readonly exitCode: number }[];
  };
  const right = runs.find(
    ({ tool, args, exitCode }) => tool.startsWith('cosign3') && args[0] === job.command && exitCode === 0,
  );
  if (right === undefined) throw new Error(`${one.name}: no good ${job.command} was recorded`);
  await run(cosign ?? '', [...right.args.slice(0, -1), `${registry.host}/${one.repository}${selector}`], {
    cwd: localStack,
    maxBuffer: 64 * 1024 * 1024,
  });
}

async function best(work: () => Promise<unknown>, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < times; round += 1) {
    const started = performance.now();
    await work();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

/** The longest chain of requests, each begun after the previous one had ended. */
function longestChain(requests: readonly RequestRecord[]): number {
  const byEnd = requests.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
  const lengths: number[] = [];
  for (const [at, request] of byEnd.entries()) {
    const before = byEnd
      .slice(0, at)
      .flatMap(({ endedAt = 0 }, n) => (endedAt <= request.startedAt ? [lengths[n] ?? 0] : []));
    lengths[at] = 1 + Math.max(0, ...before);
  }
  return Math.max(0, ...lengths);
}

/** Whether the recordings are there. */
export function hasRecordings(localStack: string): boolean {
  return existsSync(join(localStack, 'baseline-cosign-requests.json'));
}
