import { type Clock, createClock, type Place, type Process, work } from './clock.ts';
import { createLine } from './line.ts';
import {
  type AskRegistry,
  type Chance,
  createAsker,
  createRegistry,
  createSharedGate,
  type Registry,
} from './registry.ts';

/** What one question costs: from the figures in docs/fleet.md, or measured by the program that compares. */
export interface QuestionCost {
  /** Processor time of the processes, in milliseconds. */
  readonly cpuMs: number;
  /** That of Redis. */
  readonly redisMs: number;
  /** Requests to the registry: those of one row at the same time, the rows one after the other. */
  readonly requests: readonly number[];
}

/** The fleet and what it is asked. */
export interface Fleet {
  readonly workers: number;
  /** Questions at a time of a worker. */
  readonly concurrency: number;
  /** Cores that all workers share; unless given, each has its own. */
  readonly cores?: number;
  /** What a worker does once, before its first question: it loads the code. */
  readonly startMs: number;
  /** Processor time that the asker takes for a reference, its request for a tag included. */
  readonly askMs: number;
  /** Redis nodes, each with a core of its own. */
  readonly redisNodes: number;
  /** Accounts at registries. */
  readonly accounts: readonly Pick<Registry, 'perSecond' | 'latencyMs' | 'faultInEvery'>[];
  /** Whether the gate is told the limits; else it learns them. */
  readonly areLimitsGiven: boolean;
}

/** A question on its way. */
export interface SimulatedQuestion {
  readonly cost: QuestionCost;
  readonly account: number;
  /** Its asker first asks the registry what its tag names. */
  readonly isTag: boolean;
}

/** What was seen. */
export interface Seen {
  readonly seconds: number;
  readonly answered: number;
  readonly requests: number;
  readonly throttled: number;
  /** How busy each was, from 0 to 1. */
  readonly busy: { readonly registries: number; readonly workers: number; readonly redis: number };
}

/** A fleet in simulated time. Its clients ask everything at once, or bit by bit. */
export interface RunningFleet {
  readonly clock: Clock;
  readonly ask: (question: SimulatedQuestion) => void;
  readonly answered: () => number;
  readonly seen: () => Seen;
}

/** How often a request is sent again, as `retries` of the registry client. */
const RETRIES = 3;
/** Redis is asked when a question is put into its queue, taken out of it, and answered. */
const REDIS_TURNS = 3;

/** Starts the workers. */
export function startFleet(fleet: Fleet, chance: Chance): RunningFleet {
  const clock = createClock();
  const cores = fleet.cores === undefined ? undefined : clock.places(fleet.cores);
  const nodes = Array.from({ length: fleet.redisNodes }, () => clock.places(1));
  const registries = fleet.accounts.map(createRegistry);
  const gates = registries.map(({ perSecond }) => createSharedGate(fleet.areLimitsGiven ? perSecond : undefined));
  const askersOfProcess = (): readonly AskRegistry[] =>
    registries.map((registry, index) => createAsker(clock, chance, registry, gates[index] ?? createSharedGate()));
  const waiting = createLine<SimulatedQuestion>();
  const queue = clock.places(0);
  let [asked, answered, lastAt] = [0, 0, 0];

  const redisFor = (cost: QuestionCost): Process => {
    const node = nodes[Math.floor(chance.next() * nodes.length)] ?? clock.places(1);
    return work(node, cost.redisMs / REDIS_TURNS);
  };
  const put = (question: SimulatedQuestion): void => {
    waiting.push(question);
    queue.leave();
  };
  const compute = (thread: Place, ms: number): Process => onThread(thread, cores, ms);

  /** One request, sent again where it is worth it. */
  function* request(ask: AskRegistry, ended: (isRead: boolean) => void): Process {
    for (let retry = 0; retry <= RETRIES; retry += 1) {
      let status = 0;
      yield* ask((answer) => {
        status = answer;
      });
      if (status === 200) return ended(true);
      if (status === 429) yield 1000;
    }
    ended(false);
  }
  /** All requests of a row, at the same time. */
  function* requestRow(ask: AskRegistry, count: number, ended: (areRead: boolean) => void): Process {
    const done = clock.places(0);
    let areRead = true;
    for (let index = 0; index < count; index += 1)
      clock.start(
        request(ask, (isRead) => {
          areRead &&= isRead;
          done.leave();
        }),
      );
    for (let index = 0; index < count; index += 1) yield done;
    ended(areRead);
  }
  function* answer({ cost, account }: SimulatedQuestion, thread: Place, ask: AskRegistry): Process {
    const part = cost.cpuMs / (cost.requests.length + 1);
    yield* redisFor(cost);
    for (const count of cost.requests) {
      yield* compute(thread, part);
      let areRead = false;
      yield* requestRow(ask, count, (answers) => {
        areRead = answers;
      });
      if (areRead) continue;
      // Another try, not before the registry wants it.
      yield 1000 + chance.next() * 1000;
      return put({ cost, account, isTag: false });
    }
    yield* compute(thread, part);
    yield* redisFor(cost);
    answered += 1;
    lastAt = clock.now();
  }
  function* place(thread: Place, asks: readonly AskRegistry[]): Process {
    for (;;) {
      yield queue;
      const question = waiting.shift();
      const ask = asks[question?.account ?? 0];
      if (question !== undefined && ask !== undefined) yield* answer(question, thread, ask);
    }
  }
  function* worker(thread: Place): Process {
    yield* compute(thread, fleet.startMs);
    const asks = askersOfProcess();
    for (let index = 0; index < fleet.concurrency; index += 1) clock.start(place(thread, asks));
  }
  const threads = Array.from({ length: fleet.workers }, () => clock.places(1));
  for (const thread of threads) clock.start(worker(thread));

  const [asker, asks] = [clock.places(1), askersOfProcess()];
  function* begin(question: SimulatedQuestion): Process {
    const ask = asks[question.account];
    yield* compute(asker, fleet.askMs);
    if (question.isTag && ask !== undefined) yield* request(ask, () => undefined);
    yield* redisFor(question.cost);
    put(question);
  }
  return {
    clock,
    ask: (question) => {
      asked += 1;
      clock.start(begin(question));
    },
    answered: () => answered,
    seen: () => {
      const ms = asked === answered ? lastAt : clock.now();
      const sum = (places: readonly Place[]): number => places.reduce((all, one) => all + one.busyMs(), 0);
      const requests = registries.reduce((all, one) => all + one.requests, 0);
      const allowed = registries.reduce((all, one) => all + (one.perSecond * ms) / 1000, 0);
      return {
        seconds: ms / 1000,
        answered,
        requests,
        throttled: registries.reduce((all, one) => all + one.throttled, 0),
        busy: {
          registries: requests / allowed,
          workers: sum(threads) / (ms * threads.length),
          redis: sum(nodes) / (ms * nodes.length),
        },
      };
    },
  };
}

/** A process has one thread, and a machine has its cores. */
function* onThread(thread: Place, cores: Place | undefined, ms: number): Process {
  yield thread;
  if (cores === undefined) yield ms;
  else yield* work(cores, ms);
  thread.leave();
}
