import type { Deadline } from '../deadline.ts';
import type { Discovered, NotDiscovered } from '../replay/tape.ts';
import type { Problem } from '../report/report.ts';
import { deadlineError, deadlineProblem } from '../until.ts';

/**
 * Discovers under the caller's absolute deadline: asks for nothing that would come too late, and says `deadline` for whatever the deadline
 * cut short. Other time-outs, such as a connection's, keep their own code.
 */
export async function byDeadline(deadline: Deadline, ask: () => Promise<Discovered>): Promise<Discovered> {
  const { until } = deadline;
  if (until === undefined) return ask();
  if (deadline.signal.aborted) return notDiscovered(deadlineProblem(until, 'the registry was asked'));
  const end = performance.now() + deadline.readingMs();
  const found = await ask();
  // Timers count whole milliseconds.
  if (performance.now() < end - 1) return found;
  const problem = deadlineProblem(until, 'the registry answered');
  if ('problem' in found) return found.problem.code === 'timeout' ? notDiscovered(problem, found.error) : found;
  const { graph } = found;
  const named = <T extends { readonly code?: string }>(one: T): T =>
    one.code === 'timeout' ? { ...one, ...problem } : one;
  return {
    ...found,
    graph: {
      ...graph,
      locations: graph.locations.map(named),
      finds: graph.finds.map((find) => (find.unread === undefined ? find : { ...find, unread: named(find.unread) })),
    },
  };
}

function notDiscovered(problem: Problem, cause?: unknown): NotDiscovered {
  return { problem, error: deadlineError(problem, cause) };
}
