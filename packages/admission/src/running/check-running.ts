import { createSharedAnswers } from '../judge/share-answers.ts';
import type { Finding } from '../judge/findings.ts';
import { type ApiReader, openApiReader } from '../kubernetes/read-api.ts';
import { describeFinding } from '../review/answer.ts';
import { judgeRunning } from '../review/review.ts';
import { createMetrics } from '../server/metrics.ts';
import { openRuntime, type Runtime } from '../server/runtime.ts';
import { watchFiles } from '../settings/watched-files.ts';
import { readPodList, type RunningPod } from './running-pod.ts';

/** How many images of Pods that run came to what. */
export interface RunningCounts {
  readonly pods: number;
  /** Pods of namespaces that nothing is asked about. */
  readonly skipped: number;
  readonly allowed: number;
  readonly refused: number;
  readonly warned: number;
  readonly noted: number;
  /** Images whose tag is accepted, while the cluster doesn’t say which digest runs. */
  readonly unknown: number;
}

type Result = Finding['result'] | 'unknown';

/** Pods of one page. Five of the largest that etcd takes are less than an answer may have. */
const PAGE = 5;
/** Pods that are judged together, and the time for them. */
const TOGETHER = 5;
const TOGETHER_MS = 60_000;

/**
 * Judges what runs in the cluster by the settings, as if it were created now: with the maps, modes and exceptions of its namespace, and its pull secrets. Writes a line for each
 * image that is not accepted. The service account needs the right to list Pods.
 *
 * @throws AdmissionError `invalid-settings`, `cluster`
 */
export async function checkRunning(
  settingsFile: string,
  { write, now = () => new Date() }: { readonly write: (line: string) => void; readonly now?: () => Date },
): Promise<RunningCounts> {
  const parts = { file: settingsFile, shared: createSharedAnswers(), metrics: createMetrics(), now };
  const runtime = await openRuntime(parts, watchFiles());
  try {
    const { cluster } = runtime.settings;
    const pods = await listPods(await openApiReader(cluster, TOGETHER_MS), now);
    const checked = pods.filter(({ namespace }) => !cluster.skippedNamespaces.includes(namespace));
    return { skipped: pods.length - checked.length, ...(await checkPods(checked, runtime, write, now)) };
  } finally {
    await runtime.close();
  }
}

/** All of them, before any is judged: the API server forgets after a few minutes where a list was interrupted. */
async function listPods(api: ApiReader, now: () => Date): Promise<readonly RunningPod[]> {
  const pods: RunningPod[] = [];
  try {
    for (let next: string | undefined = ''; next !== undefined; ) {
      const deadline = new Date(now().getTime() + TOGETHER_MS);
      const query: string = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
      const page = readPodList(await api.get(`/api/v1/pods?limit=${String(PAGE)}${query}`, deadline));
      pods.push(...page.pods);
      next = page.next === '' ? undefined : page.next;
    }
  } finally {
    await api.close();
  }
  return pods;
}

async function checkPods(
  pods: readonly RunningPod[],
  runtime: Runtime,
  write: (line: string) => void,
  now: () => Date,
): Promise<Omit<RunningCounts, 'skipped'>> {
  const counts = { pods: pods.length, allowed: 0, refused: 0, warned: 0, noted: 0, unknown: 0 };
  for (let from = 0; from < pods.length; from += TOGETHER) {
    const deadline = new Date(now().getTime() + TOGETHER_MS);
    const some = pods.slice(from, from + TOGETHER);
    for (const { results, lines } of await Promise.all(some.map(async (pod) => checkPod(pod, runtime, deadline)))) {
      for (const result of results) counts[result] += 1;
      for (const line of lines) write(line);
    }
  }
  return counts;
}

interface CheckedPod {
  readonly results: readonly Result[];
  readonly lines: readonly string[];
}

async function checkPod(pod: RunningPod, runtime: Runtime, deadline: Date): Promise<CheckedPod> {
  const { namespace, name, object } = pod;
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const request = { uid: name, kind, operation: 'CREATE', namespace, name, object };
  const { response, findings } = await runtime.review(deadline, async (context) => judgeRunning(request, context));
  const line = (result: Result, message: string): string => `${result} ${namespace}/${name} ${message}\n`;
  if (findings.length === 0 && !response.allowed)
    return { results: ['refused'], lines: [line('refused', response.status?.message ?? '')] };
  const judged = findings.map((finding) => unlessUnknown(finding, pod));
  return {
    results: judged.map(({ result }) => result),
    lines: judged
      .filter(({ result }) => result !== 'allowed')
      .map(({ result, finding }) => line(result, describeFinding(finding))),
  };
}

/** What was verified is what the tag names now. Where the cluster doesn’t say what runs, that proves nothing. */
function unlessUnknown(
  finding: Finding,
  { unknown }: RunningPod,
): { readonly result: Result; readonly finding: Finding } {
  const { result, code, image } = finding;
  if (code !== 'verified' || !unknown.includes(image.name)) return { result, finding };
  return { result: 'unknown', finding: { ...finding, code: 'unknown-digest', message: UNKNOWN } };
}

const UNKNOWN = 'its tag is verified, but the cluster doesn’t say which digest runs; name the image by its digest';
