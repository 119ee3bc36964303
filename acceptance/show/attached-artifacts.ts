import { cpus } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../real/programs.ts';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { runAbsenceMatrix, runPositiveAnswers } from '../absence-matrix/absence-matrix.ts';
import { showAttached } from './attached-everywhere.ts';
import type { Figure } from './figure.ts';
import { hasRecordings, type RequestLog, runRequestLogs } from '../request-log/request-log.ts';
import { showWildLayouts } from '../real-images/wild-layouts.ts';

/** What triangulation finds, what it costs, and that it never says "nothing there" when it could not look. */
export async function* showAttachedArtifacts(): AsyncGenerator<Figure> {
  const fixtures = fixturesIfPresent() ?? '';
  const localStack = join(fixtures, 'local-stack');
  yield* showAttached(localStack);
  yield* showRequests(localStack);
  yield* showAbsence();
  yield* showWildLayouts(fixtures);
}

interface Limits {
  readonly requests?: number;
  readonly steps?: number;
  /** Of cosign's wall. */
  readonly ratio?: number;
}

/** What a job may cost, by `requestFigure`'s names. */
export const requestLimits: Readonly<Record<string, Limits>> = {
  'legacy-keyless-github verify by tag': { requests: 6, steps: 3 },
  'legacy-keyless-github verify by digest': { requests: 6, steps: 2 },
  'legacy-att verify-attestation by tag': { requests: 12, steps: 3 },
  'legacy-att verify-attestation by digest': { requests: 12, steps: 2 },
  'bundle-keyless-github verify by tag': { requests: 6, steps: 4, ratio: 0.45 },
  'bundle-keyless-github verify by digest': { requests: 6, steps: 3 },
  'bundle-keyless-rekor2 verify by tag': { requests: 6, steps: 4, ratio: 0.45 },
  'bundle-keyless-rekor2 verify by digest': { requests: 6, steps: 3 },
  'bundle-att verify-attestation by tag': { requests: 20, steps: 4, ratio: 0.2 },
  'bundle-att verify-attestation by digest': { requests: 20, steps: 3, ratio: 0.2 },
  'many-referrers verify by tag': { requests: 90, steps: 4, ratio: 0.08 },
  'many-referrers verify by digest': { requests: 90, steps: 3, ratio: 0.08 },
};

async function* showRequests(localStack: string): AsyncGenerator<Figure> {
  if (!hasRecordings(localStack)) {
    yield { name: 'requests', value: 'skipped: the recordings are not here', passed: true };
    return;
  }
  for (const log of await runRequestLogs(localStack, { cosign: findProgram('cosign3') })) yield requestFigure(log);
}

function requestFigure({ job, by, requests, steps, chain, wallMs, cosign }: RequestLog): Figure {
  const name = `${job} by ${by}`;
  const limit = requestLimits[name] ?? {};
  const ratioTo = (theirs: number | undefined): string =>
    theirs === undefined ? '' : `${Math.round(theirs)} ms (${(wallMs / theirs).toFixed(3)}×)`;
  // The real program where it is installed; else as it was recorded, whole process; else its requests, sent again as it sends them.
  const theirs = cosign.liveMs ?? cosign.recordedMs ?? cosign.replayMs;
  const passed =
    requests <= (limit.requests ?? Number.POSITIVE_INFINITY) &&
    steps <= (limit.steps ?? Number.POSITIVE_INFINITY) &&
    // The registry's own clock agrees, unless there is more to ask than may be asked at once.
    (requests > 20 || chain <= steps) &&
    wallMs / theirs <= (limit.ratio ?? 1);
  return {
    name: `requests of ${name}`,
    value: [
      `${requests} (cosign ${cosign.requests}) in ${steps} dependent steps, ${Math.round(wallMs)} ms at 20 ms an answer;`,
      `cosign's requests sent again ${ratioTo(cosign.replayMs)}`,
      ...(cosign.liveMs === undefined ? [] : [`cosign itself ${ratioTo(cosign.liveMs)}`]),
      ...(cosign.recordedMs === undefined ? [] : [`recorded ${ratioTo(cosign.recordedMs)}`]),
      `limit ${limit.requests ?? '-'} requests, ${limit.steps ?? '-'} steps, ${limit.ratio ?? '-'}×, ${cpus().length} cores`,
    ].join(' '),
    passed,
  };
}

async function* showAbsence(): AsyncGenerator<Figure> {
  const cells = await runAbsenceMatrix();
  for (const { place, fault, asked, flaw } of cells.filter((cell) => cell.flaw !== undefined))
    yield { name: `${place} behind ${fault}, ${asked}`, value: flaw ?? '', passed: false };
  const count = (asked: string): number => cells.filter((cell) => cell.asked === asked).length;
  const [places, faults] = [
    new Set(cells.map(({ place }) => place)).size,
    new Set(cells.map(({ fault }) => fault)).size,
  ];
  yield {
    name: 'honest absence',
    value: `${cells.length} cells of ${places} places × ${faults} faults: ${count('triangulate')} graphs with their gap named, ${count('evaluate')} verdicts indeterminate, ${count('evaluate beside a good signature')} verified with the gap named; ${cells.filter(({ flaw }) => flaw !== undefined).length} wrong`,
    passed: cells.length > 500 && cells.every(({ flaw }) => flaw === undefined),
  };
  const positive = await runPositiveAnswers();
  yield {
    name: 'positive absence',
    value: positive.map(({ place, answer }) => `${place}: ${answer}`).join('; '),
    passed: positive.every(({ flaw }) => flaw === undefined),
  };
}
