// Runs every recorded `cosign verify` line of the local stack through our API: from the layout on disk and from a registry. Ends with `N passed, N failed`.
import { join } from 'node:path';
import { exitCodeOf } from '@sigtrail/cli';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { type ImageReport, type TrustInput, type Verifier, type VerdictName } from 'sigtrail';
import { fixturesDirectory } from '../fixtures-directory.ts';
import {
  addedRuns,
  type LocalCase,
  ownDifferences,
  type Question,
  readCases,
  type RecordedRun,
  rightVerdict,
  skipReason,
  toQuestion,
} from './recorded-run.ts';
import { tamperingCodes } from './tampering-codes.ts';
import type { Observe } from '../observe.ts';
import { openSession, type SessionOptions } from '../../packages/sigtrail/src/session.ts';
import { verifierOf } from '../../packages/sigtrail/src/verifier.ts';

/** One question, asked at one place. */
export interface LocalStackRow {
  readonly case: string;
  readonly run: string;
  readonly source: 'layout' | 'registry';
  readonly by: 'tag' | 'digest';
  readonly expected: VerdictName | 'open';
  readonly actual: VerdictName;
  /** As the command line would exit. */
  readonly exitCode: number;
  /** Why, when it was not verified: the codes of all candidates, or of the problems. */
  readonly code: string;
  readonly pass: boolean;
}

/** The rows, and the recorded runs that were left out, each with its reason. */
export interface LocalStackResult {
  readonly rows: readonly LocalStackRow[];
  readonly skipped: readonly { readonly case: string; readonly run: string; readonly reason: string }[];
}

/** Runs everything. `secondJudge: 'off'` leaves our own checks alone with the evidence. */
export async function runLocalStack(
  fixtures: string,
  settings: SessionOptions = {},
  observe: Observe<LocalStackRow> = () => {},
): Promise<LocalStackResult> {
  const localStack = join(fixtures, 'local-stack');
  const registries = { new: await startRegistry(), old: await startRegistry({ referrersApi: false }) };
  const verifiers = keepVerifiers(settings);
  const rows: LocalStackRow[] = [];
  const skipped: LocalStackResult['skipped'][number][] = [];
  try {
    for (const one of readCases(localStack)) {
      const registry = one.referrersApi ? registries.new : registries.old;
      for (const [repository, folder] of Object.entries(one.layouts))
        registry.loadLayout(repository, join(localStack, one.name, folder));
      for (const run of [...one.cosign, ...addedRuns(one)]) {
        const reason = skipReason(one, run);
        if (reason === undefined)
          rows.push(
            ...(await ask(one, run, toQuestion(localStack, run), { localStack, registry, verifiers, observe })),
          );
        else skipped.push({ case: one.name, run: run.label, reason });
      }
    }
    return { rows, skipped };
  } finally {
    await Promise.all([verifiers.close(), registries.new.close(), registries.old.close()]);
  }
}

interface Place {
  readonly localStack: string;
  readonly registry: FakeRegistry;
  readonly verifiers: ReturnType<typeof keepVerifiers>;
  readonly observe: Observe<LocalStackRow>;
}

async function ask(
  one: LocalCase,
  run: RecordedRun,
  question: Question,
  { localStack, registry, verifiers, observe }: Place,
): Promise<readonly LocalStackRow[]> {
  const layout = `oci:${join(localStack, one.name, one.layouts[question.repository] ?? 'layout')}`;
  const remote = `${registry.host}/${question.repository}`;
  const selectors = question.selector === ':v1' ? [':v1', `@${one.digest}`] : [question.selector];
  const rows: LocalStackRow[] = [];
  for (const selector of selectors)
    for (const [source, name] of [['layout', layout] as const, ['registry', remote] as const]) {
      const report = await verifiers.of(question.trust).evaluate(`${name}${selector}`, question.policy);
      const row = judge(one, run, { source, by: selector.startsWith('@') ? 'digest' : 'tag' }, report);
      rows.push(row);
      observe(row, report.candidates);
    }
  return rows;
}

function judge(
  one: LocalCase,
  run: RecordedRun,
  place: Pick<LocalStackRow, 'source' | 'by'>,
  report: ImageReport,
): LocalStackRow {
  const expected = rightVerdict(one, run);
  const code = reasonsOf(report);
  const tampering = run.label === 'right policy' ? tamperingCodes[one.name] : undefined;
  const named =
    one.name.startsWith('neg-') && run.label === 'right policy' ? tampering !== undefined && code === tampering : true;
  const pass = (expected === 'open' || expected === report.verdict) && named;
  return {
    case: one.name,
    run: run.label,
    ...place,
    expected,
    actual: report.verdict,
    exitCode: exitCodeOf(report),
    code,
    pass,
  };
}

function reasonsOf(report: ImageReport): string {
  if (report.verdict === 'verified') return '';
  const { problems, candidates } = report;
  const codes =
    problems.length > 0
      ? problems.map(({ code }) => code)
      : candidates.map(({ refusedBecause }) => refusedBecause ?? '');
  return [...new Set(codes)].toSorted().join(' ') || (report.verdict === 'rejected' ? report.reason : '');
}

function keepVerifiers(settings: SessionOptions): {
  readonly of: (trust: TrustInput) => Verifier;
  readonly close: () => Promise<void>;
} {
  const kept = new Map<string, Verifier>();
  return {
    of: (trust) => {
      const id = JSON.stringify(trust);
      const verifier = kept.get(id) ?? verifierOf(openSession({ ...settings, trust }));
      kept.set(id, verifier);
      return verifier;
    },
    close: async () => {
      await Promise.all([...kept.values()].map(async (verifier) => verifier.close()));
    },
  };
}

if (import.meta.main) {
  const { rows, skipped } = await runLocalStack(fixturesDirectory(), {
    secondJudge: process.argv.includes('--second-judge-off') ? 'off' : 'on',
  });
  for (const row of rows)
    console.log(
      `${row.pass ? 'ok  ' : 'FAIL'} ${row.case} · ${row.run} · ${row.source} by ${row.by} → ${row.actual} (${row.exitCode}) ${row.code}`,
    );
  for (const name of ownDifferences) console.log(`differs from cosign on purpose: ${name}`);
  for (const reason of new Set(skipped.map((run) => run.reason)))
    console.log(`skip ${skipped.filter((run) => run.reason === reason).length} runs: ${reason}`);
  const failed = rows.filter(({ pass }) => !pass).length;
  console.log(`${rows.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1;
}
