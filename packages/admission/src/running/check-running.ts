import { createSharedAnswers } from '../judge/share-answers.ts';
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
  readonly allowed: number;
  readonly refused: number;
  readonly warned: number;
  readonly noted: number;
}

/** Pods of one page. Five of the largest that etcd takes are less than an answer may have. */
const PAGE = 5;
/** For one page, whose Pods are looked at together. */
const PAGE_MS = 60_000;

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
    const api = await openApiReader(runtime.settings.cluster);
    try {
      return await checkPages(api, runtime, write, now);
    } finally {
      await api.close();
    }
  } finally {
    await runtime.close();
  }
}

async function checkPages(
  api: ApiReader,
  runtime: Runtime,
  write: (line: string) => void,
  now: () => Date,
): Promise<RunningCounts> {
  const counts = { pods: 0, allowed: 0, refused: 0, warned: 0, noted: 0 };
  for (let next: string | undefined = ''; next !== undefined; ) {
    const deadline = new Date(now().getTime() + PAGE_MS);
    const query: string = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const page = readPodList(await api.get(`/api/v1/pods?limit=${String(PAGE)}${query}`, deadline));
    const checked = await Promise.all(page.pods.map(async (pod) => checkPod(pod, runtime, deadline)));
    for (const { results, lines } of checked) {
      counts.pods += 1;
      for (const result of results) counts[result] += 1;
      for (const line of lines) write(line);
    }
    next = page.next === '' ? undefined : page.next;
  }
  return counts;
}

interface CheckedPod {
  readonly results: readonly ('allowed' | 'refused' | 'warned' | 'noted')[];
  readonly lines: readonly string[];
}

async function checkPod(
  { namespace, name, object }: RunningPod,
  runtime: Runtime,
  deadline: Date,
): Promise<CheckedPod> {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const request = { uid: name, kind, operation: 'CREATE', namespace, name, object };
  const { response, findings } = await runtime.review(deadline, async (context) => judgeRunning(request, context));
  const line = (result: string, message: string): string => `${result} ${namespace}/${name} ${message}\n`;
  if (findings.length === 0 && !response.allowed)
    return { results: ['refused'], lines: [line('refused', response.status?.message ?? '')] };
  return {
    results: findings.map(({ result }) => result),
    lines: findings
      .filter(({ result }) => result !== 'allowed')
      .map((finding) => line(finding.result, describeFinding(finding))),
  };
}
