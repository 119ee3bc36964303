// Hides something in every place behind every fault, and checks that no function then says that nothing is there.
import { createOciClient } from 'oci-client-lite';
import { type Fault, type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { gapsOf, isAbsent, triangulate, type Triangulation } from '@sigtrail/triangulate';
import { createVerifier, type ImageReport } from 'sigtrail';
import { freePort } from '../real/free-port.ts';
import { createWorld, type Hideout, hideouts, type Image, pushImage, ruleFor, type World } from './absence-world.ts';

/** One cell, and what is wrong with its answer; `undefined` if the answer is right. */
export interface AbsenceCell {
  readonly place: string;
  readonly fault: string;
  readonly asked: 'triangulate' | 'evaluate' | 'evaluate beside a good signature';
  readonly answer: string;
  readonly flaw?: string;
}

interface NamedFault {
  readonly name: string;
  readonly fault: Fault;
  /** Never answers in time: the deadline must end it. */
  readonly slow?: true;
  /** Doesn't affect bytes with a known digest, which are read completely. */
  readonly harmlessToBytes?: true;
}

const json = (code: string): string => JSON.stringify({ errors: [{ code, message: 'no' }] });
const status = (code: number): NamedFault => ({ name: String(code), fault: { kind: 'status', status: code } });

function faultsFor(closedPort: number): readonly NamedFault[] {
  return [
    { name: 'connection refused', fault: { kind: 'redirect', location: `http://127.0.0.1:${closedPort}/v2/` } },
    { name: 'reset before headers', fault: { kind: 'reset' } },
    { name: 'reset in the body', fault: { kind: 'reset-mid-body' } },
    { name: 'no answer', fault: { kind: 'hang' }, slow: true },
    { name: 'one byte per 100 ms', fault: { kind: 'drip', everyMs: 100 }, slow: true },
    { name: 'endless body', fault: { kind: 'endless' } },
    { name: 'Content-Length too long', fault: { kind: 'content-length', by: 100 } },
    { name: 'Content-Length too short', fault: { kind: 'content-length', by: -20 } },
    status(401),
    status(403),
    { name: '404 that is a web page', fault: { kind: 'html', status: 404 } },
    { name: '404 that hides', fault: { kind: 'status', status: 404, body: json('DENIED') } },
    status(429),
    { name: '429 with Retry-After', fault: { kind: 'status', status: 429, retryAfter: 3600 } },
    status(500),
    status(503),
    { name: 'web page', fault: { kind: 'html' } },
    { name: 'wrong Content-Type', fault: { kind: 'content-type', contentType: 'image/png' }, harmlessToBytes: true },
    { name: 'gzip', fault: { kind: 'gzip' } },
    { name: 'gzip twice', fault: { kind: 'gzip', times: 2 } },
    { name: 'redirect loop', fault: { kind: 'redirect-loop' } },
    { name: 'other bytes', fault: { kind: 'wrong-bytes' } },
    { name: '200 and nothing', fault: { kind: 'empty' } },
  ];
}

/** Asks every cell. `only` picks some, for a short run. */
export async function runAbsenceMatrix(only: (fault: string) => boolean = () => true): Promise<readonly AbsenceCell[]> {
  const registry = await startRegistry({ pageSize: 3 });
  try {
    const world = await createWorld(registry);
    const faults = faultsFor(await freePort()).filter(({ name }) => only(name));
    const cells = hideouts.flatMap((hideout, at) =>
      faults.map((fault, n) => () => askAll(world, hideout, fault, `acme/p${at}-${n}`)),
    );
    return (await inTurn(cells, 6)).flat();
  } finally {
    await registry.close();
  }
}

async function askAll(
  world: World,
  hideout: Hideout,
  fault: NamedFault,
  name: string,
): Promise<readonly AbsenceCell[]> {
  const alone = hidden(world, hideout, fault, `${name}-alone`);
  const cells: AbsenceCell[] = [await askTriangulate(world, hideout, fault, alone)];
  if (hideout.evaluated) cells.push(await askEvaluate(world, hideout, fault, alone, false));
  if (hideout.evaluatedBeside) {
    const beside = hidden(world, hideout, fault, `${name}-beside`);
    hideout.elsewhere(world, beside);
    cells.push(await askEvaluate(world, hideout, fault, beside, true));
  }
  return cells;
}

function hidden(world: World, hideout: Hideout, { fault }: NamedFault, repository: string): Image {
  const image = pushImage(world, repository);
  hideout.hide(world, image);
  world.registry.fail(ruleFor(hideout, image, fault));
  return image;
}

// Long enough for everything else on a busy machine, short enough to wait for.
const timeoutOf = ({ slow }: NamedFault): number => (slow === true ? 2500 : 30_000);
const quiet = { dockerConfig: false, retries: 0 } as const;

async function askTriangulate(world: World, hideout: Hideout, fault: NamedFault, image: Image): Promise<AbsenceCell> {
  const client = createOciClient(quiet);
  try {
    const { graph } = await triangulate(`${world.registry.host}/${image.repository}:v1`, {
      client,
      timeoutMs: timeoutOf(fault),
      ...hideout.options?.(world, image),
    });
    const { answer, flaw } = judgeGraph(graph, hideout, fault);
    return {
      place: hideout.name,
      fault: fault.name,
      asked: 'triangulate',
      answer,
      ...(flaw === undefined ? {} : { flaw }),
    };
  } finally {
    await client.close();
  }
}

function isHarmless({ isBlob }: Hideout, { harmlessToBytes }: NamedFault): boolean {
  return isBlob === true && harmlessToBytes === true;
}

function judgeGraph(graph: Triangulation, hideout: Hideout, fault: NamedFault): { answer: string; flaw?: string } {
  const { location } = hideout;
  const { name } = fault;
  const struck =
    location === undefined
      ? undefined
      : (graph.locations.find(({ kind, answer }) => kind === location && answer === 'unknown') ??
        graph.locations.find(({ kind }) => kind === location));
  const answer = struck?.answer ?? graph.finds.map(({ kind, unread }) => unread?.code ?? kind).join(' ');
  const wanted = location === 'sbom-tag' ? 'sboms' : location === 'attestation-tag' ? 'attestations' : 'signatures';
  if (isHarmless(hideout, fault)) return gapsOf(graph).length === 0 ? { answer } : { answer, flaw: 'not read' };
  const flaw = isAbsent(graph, wanted)
    ? 'called absent'
    : gapsOf(graph).length === 0
      ? 'no gap is named'
      : struck !== undefined && struck.answer !== 'unknown'
        ? `the place says ${struck.answer}`
        : struck?.code === undefined && struck !== undefined
          ? 'the gap has no code'
          : name === '429 with Retry-After' && struck !== undefined && struck.retryAfterMs !== 3_600_000
            ? 'Retry-After is lost'
            : undefined;
  return flaw === undefined ? { answer } : { answer, flaw };
}

async function askEvaluate(
  world: World,
  hideout: Hideout,
  fault: NamedFault,
  image: Image,
  beside: boolean,
): Promise<AbsenceCell> {
  await using verifier = createVerifier({ trust: world.trust, registry: quiet, timeoutMs: timeoutOf(fault) });
  const report = await verifier.evaluate(
    `${world.registry.host}/${image.repository}:v1`,
    world.policy,
    hideout.options?.(world, image),
  );
  const flaw = judgeReport(report, hideout, fault, beside);
  return {
    place: hideout.name,
    fault: fault.name,
    asked: beside ? 'evaluate beside a good signature' : 'evaluate',
    answer: report.verdict,
    ...(flaw === undefined ? {} : { flaw }),
  };
}

function judgeReport(report: ImageReport, hideout: Hideout, fault: NamedFault, beside: boolean): string | undefined {
  const { verdict, problems } = report;
  const { location } = hideout;
  const { name } = fault;
  if (isHarmless(hideout, fault)) return verdict === 'verified' ? undefined : `${verdict}, not verified`;
  const expected = beside ? 'verified' : 'indeterminate';
  if (verdict !== expected) return `${answerOf(report)}, not ${expected}`;
  if (problems.length === 0) return 'the gap is not named';
  if (location !== undefined && !problems.some(({ message }) => message.startsWith(location)))
    return 'another gap is named';
  if (
    name === '429 with Retry-After' &&
    location !== undefined &&
    !problems.some(({ retryAfterMs }) => retryAfterMs === 3_600_000)
  )
    return 'Retry-After is lost';
  return undefined;
}

function answerOf(report: ImageReport): string {
  return report.verdict === 'rejected' ? `rejected ${report.reason}` : report.verdict;
}

/** What a plain 404 means if it is the registry's positive answer: the client must not pass by never saying "absent". */
export async function runPositiveAnswers(): Promise<readonly AbsenceCell[]> {
  const registry: FakeRegistry = await startRegistry();
  try {
    const world = await createWorld(registry);
    const cells: AbsenceCell[] = [];
    for (const referrersApi of [true, false]) {
      registry.configure({ referrersApi });
      const image = pushImage(world, `acme/unsigned-${referrersApi}`);
      await using verifier = createVerifier({ trust: world.trust, registry: quiet });
      const answer = answerOf(await verifier.evaluate(`${registry.host}/${image.repository}:v1`, world.policy));
      cells.push({
        place: `nowhere, ${referrersApi ? 'with' : 'without'} the referrers API`,
        fault: 'none',
        asked: 'evaluate',
        answer,
        ...(answer === 'rejected unsigned' ? {} : { flaw: 'an unsigned image is not called unsigned' }),
      });
    }
    return cells;
  } finally {
    await registry.close();
  }
}

async function inTurn<T>(work: readonly (() => Promise<T>)[], atOnce: number): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < work.length; at = next++) {
      const one = work[at];
      if (one !== undefined) results[at] = await one();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
