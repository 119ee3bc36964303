import { chmod, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSigstore,
  EMAIL_ISSUER,
  type FakeRegistry,
  type FakeSigstore,
  pushImage,
  startRegistry,
} from '@sigtrail/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VerifierOptions } from '../options.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import { createVerifier } from '../verifier.ts';
import type { ImageOutcome, ManyOptions, ManyProgress, PolicyFor } from './image-outcome.ts';

const alice = { issuer: EMAIL_ISSUER, subject: 'alice@acme.test' };
const byAlice: ImagePolicy = { signedBy: alice };
let registry: FakeRegistry;
let sigstore: FakeSigstore;
let references: readonly string[];
let folder: string;
let journal: string;

beforeAll(async () => {
  [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
  references = ['a', 'b', 'c', 'd', 'e'].map((name) => pushImage(registry, `acme/${name}:v1`).reference);
  for (const reference of references.slice(0, 3))
    await sigstore.signImage(registry, reference, { as: { email: 'alice@acme.test' } });
});
afterAll(async () => registry.close());
beforeEach(async () => {
  registry.clearFaults();
  registry.requests.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-journal-'));
  journal = join(folder, 'run.jsonl');
  return async () => rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly references?: readonly string[];
  readonly policyFor?: PolicyFor;
  readonly options?: ManyOptions;
  readonly verifier?: VerifierOptions;
  /** The loop is left after so many outcomes. */
  readonly leaveAfter?: number;
}

/** The outcomes of one run with the journal. */
async function run({ leaveAfter, ...given }: Run = {}): Promise<readonly ImageOutcome[]> {
  await using verifier = createVerifier({ trust: sigstore.trust, ...given.verifier });
  const outcomes: ImageOutcome[] = [];
  const options = { journal, ...given.options } as ManyOptions & { readonly platforms?: never };
  for await (const outcome of verifier.verifyMany(
    given.references ?? references,
    given.policyFor ?? (() => byAlice),
    options,
  )) {
    outcomes.push(outcome);
    if (outcomes.length === leaveAfter) break;
  }
  return outcomes;
}

const byReference = (outcomes: readonly ImageOutcome[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(outcomes.map(({ reference, report, problem }) => [reference, report ?? problem]));
const lines = async (): Promise<readonly string[]> => (await readFile(journal, 'utf8')).split('\n').slice(0, -1);

describe('a journal', () => {
  it('has every report before it is yielded, in a file for this user alone', async () => {
    await using verifier = createVerifier({ trust: sigstore.trust });
    for await (const { reference } of verifier.verifyMany(references, () => byAlice, { journal }))
      expect((await lines()).some((line) => line.includes(`"reference":${JSON.stringify(reference)}`))).toBe(true);
    expect(await lines()).toHaveLength(6);
    expect((await stat(journal)).mode & 0o777).toBe(0o600);
  });

  it('gives the same reports to the next run, without a request, and says that they are resumed', async () => {
    const first = await run();
    registry.requests.length = 0;
    const told: ManyProgress[] = [];
    const second = await run({ options: { onProgress: (progress) => told.push(progress) } });
    for (const { reference, report } of second)
      expect(JSON.stringify(report)).toBe(JSON.stringify(byReference(first)[reference]));
    expect(second.map((outcome) => outcome.kind === 'report' && outcome.resumed)).toEqual(references.map(() => true));
    expect(told.at(-1)).toMatchObject({ done: 5, verified: 3, rejected: 2, resumed: 5 });
    expect(registry.requests).toEqual([]);
  });

  it('lets an abandoned run continue where it was, whatever has changed in the registry', async () => {
    const first = await run({ leaveAfter: 2, verifier: { concurrency: 1 } });
    const { reference } = pushImage(registry, 'acme/a:v1', { content: 'another image' });
    const second = await run();
    pushImage(registry, 'acme/a:v1');
    expect(second).toHaveLength(5);
    expect(byReference(second)).toMatchObject(byReference(first));
    expect(second.find((outcome) => outcome.reference === reference)?.report?.verdict).toBe('verified');
  });

  it('counts references that come several times', async () => {
    const [one = ''] = references;
    await run({ references: [one, one] });
    const again = await run({ references: [one, one, one] });
    expect(again.filter((outcome) => outcome.kind === 'report' && outcome.resumed === true)).toHaveLength(2);
    expect(await lines()).toHaveLength(4);
  });

  it('holds no problem: what was not asked about is asked about by the next run', async () => {
    const [one = ''] = references;
    const unavailable: PolicyFor = () => {
      throw new Error('the policy service is down');
    };
    expect(await run({ references: [one], policyFor: unavailable })).toMatchObject([{ kind: 'problem' }]);
    expect(await run({ references: [one] })).toMatchObject([{ report: { verdict: 'verified' } }]);
  });

  it('holds reports about platforms', async () => {
    const { reference } = pushImage(registry, 'acme/multi:v1', { platforms: ['linux/amd64'] });
    const options = { platforms: 'each' } as const;
    const first = await run({ references: [reference], options });
    expect(first).toMatchObject([{ report: { kind: 'platforms' } }]);
    expect(byReference(await run({ references: [reference], options }))).toEqual(byReference(first));
  });
});

describe('a journal that was cut off', () => {
  it('at any byte loses the line that was being written, and no other', { timeout: 120_000 }, async () => {
    const first = byReference(await run({ verifier: { concurrency: 1 } }));
    const whole = await readFile(journal);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at + 1);
    const cuts = [0, 1, 20, ...ends.flatMap((end) => [end - 2, end - 1, end, end + 1]), whole.length];
    for (const cut of cuts.filter((at) => at <= whole.length)) {
      await writeFile(journal, whole.subarray(0, cut), { mode: 0o600 });
      const outcomes = await run();
      const resumed = outcomes.filter((outcome) => outcome.kind === 'report' && outcome.resumed === true);
      expect(resumed.length, `cut at ${cut}`).toBe(Math.max(0, ends.filter((end) => end <= cut).length - 1));
      for (const outcome of resumed) expect(outcome.report).toEqual(first[outcome.reference]);
      expect(outcomes).toHaveLength(5);
      expect(await lines()).toHaveLength(6);
    }
  });
});

describe('a journal is refused', () => {
  const refused = async (run_: Run, message: RegExp): Promise<void> => {
    await expect(run(run_)).rejects.toMatchObject({ name: 'SigtrailError', code: 'invalid-journal' });
    await expect(run(run_)).rejects.toThrow(message);
  };
  const edit = async (change: (lines: string[]) => readonly string[]): Promise<void> =>
    writeFile(
      journal,
      change([...(await lines())])
        .map((line) => `${line}\n`)
        .join(''),
    );

  it.each<[string, (lines: string[]) => readonly string[], RegExp]>([
    [
      'a changed verdict',
      (all) => all.map((line) => line.replace('"rejected"', '"verified"')),
      /line [2-6] is damaged/,
    ],
    ['a changed letter', (all) => all.with(2, (all[2] ?? '').replace('acme', 'ACME')), /line 3 is damaged/],
    ['a line that is gone', (all) => all.toSpliced(2, 1), /line 3 is damaged, or a line before it is missing/],
    ['a line that is there twice', (all) => all.toSpliced(2, 0, all[1] ?? ''), /line 3 is damaged/],
    ['two lines in another order', (all) => [all[0] ?? '', all[2] ?? '', all[1] ?? ''], /line 2 is damaged/],
    ['an empty line', (all) => all.toSpliced(3, 0, ''), /line 4 is damaged/],
    ['bytes of zero', (all) => all.with(4, '\0'.repeat(100)), /line 5 is damaged/],
    ['another first line', (all) => all.with(0, '{"a":1}'), /line 1 is not the first line of a journal/],
  ])('that has %s', async (_, change, message) => {
    await run();
    await edit(change);
    const before = await readFile(journal);
    await refused({}, message);
    expect(await readFile(journal)).toEqual(before);
  });

  it.each(['# my notes\n', 'a secret without an end of line', '{"sigtrailJourna'])(
    'that was another file, and nothing of it is touched: %j',
    async (content) => {
      await writeFile(journal, content, { mode: 0o600 });
      const isBeginning = content.startsWith('{"sigtrailJourna');
      if (isBeginning) expect(await run()).toHaveLength(5);
      else {
        await refused({}, /line 1 is not the first line of a journal/);
        expect(await readFile(journal, 'utf8')).toBe(content);
      }
    },
  );

  it('of a different policy for a reference', async () => {
    await run();
    await refused(
      { policyFor: () => ({ signedBy: { ...alice, subject: 'bob@acme.test' } }) },
      /under a different policy \(line \d\)/,
    );
  });

  it.each<[string, () => Promise<Run> | Run]>([
    ['trusted root', async () => ({ verifier: { trust: (await createSigstore()).trust } })],
    ['second judge', () => ({ verifier: { secondJudge: 'off' } })],
    ['deny-list', () => ({ verifier: { deny: { identities: [alice] } } })],
    ['option of the call', () => ({ options: { signedName: 'repository' } })],
    ['place', () => ({ options: { tagPrefix: 'old-' } })],
  ])('of another %s', async (_, other) => {
    await run();
    await refused(await other(), /the journal belongs to a different question/);
  });

  it('when it is a link, a directory or writable by others, or its directory is missing', async () => {
    const target = join(folder, 'target');
    await writeFile(target, '');
    await symlink(target, journal);
    await refused({}, /symbolic link/);
    expect(await readFile(target, 'utf8')).toBe('');
    await rm(journal);
    await refused({ options: { journal: folder } }, /can’t be opened: EISDIR/);
    await refused({ options: { journal: join(folder, 'nowhere', 'run.jsonl') } }, /can’t be opened: ENOENT/);
    await writeFile(journal, '');
    await chmod(journal, 0o666);
    await refused({}, /no other user may write/);
  });

  it('when somebody else changes it during the run', async () => {
    const reading = (async () => {
      await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 1 });
      for await (const outcome of verifier.verifyMany(references, () => byAlice, { journal })) {
        expect(outcome.kind).toBe('report');
        await writeFile(journal, 'mine\n', { flag: 'a' });
      }
    })();
    await expect(reading).rejects.toThrow(/was changed while it was in use/);
  });

  it('when it is cut shorter during the run', async () => {
    await run();
    const reading = (async () => {
      await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 1 });
      for await (const outcome of verifier.verifyMany(references, () => byAlice, { journal })) {
        expect(outcome.kind).toBe('report');
        await truncate(journal, 10);
      }
    })();
    await expect(reading).rejects.toThrow(/line \d has disappeared/);
  });
});

describe('code that answers depend on', () => {
  const policyFor: PolicyFor = () => ({ signedBy: { ...alice, accept: (): true => true } });

  it('must have a name, or the journal is refused at once', async () => {
    for (const given of [{ policyFor }, { options: { signedName: () => true } }])
      await expect(run(given)).rejects.toMatchObject({ name: 'TypeError', code: 'invalid-option' });
  });

  it('is a different question under a different name', async () => {
    const named = (code: string): Run => ({ policyFor, options: { journal: { file: journal, code } } });
    expect(await run(named('abc123'))).toHaveLength(5);
    expect(await run(named('abc123'))).toHaveLength(5);
    await expect(run(named('def456'))).rejects.toMatchObject({ code: 'invalid-journal' });
  });
});
