import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeCertificate, CLAIM_OIDS, claimNames, FULCIO_ARC } from '../../packages/fulcio-claims/src/index.ts';
import { runDifferential } from '../../packages/fulcio-claims/test/differential.ts';
import { fulcioLikeCertificates } from '../../packages/fulcio-claims/test/specimens.ts';
import { fixturesDirectory } from '../fixtures-directory.ts';
import { root } from '../../tools/workspace.ts';
import type { Figure } from './figure.ts';
import { runImportedLines } from '../local-stack/imported-lines.ts';

const SEED = 7;
const MUTATIONS = 1500;

/** The figures of claims and policy: what is decoded, what each field decides, what an import means. */
export async function* showPolicy(): AsyncGenerator<Figure> {
  const fixtures = fixturesDirectory();
  const certificates = readCertificates(fixtures);
  const equal = certificates.filter(({ expected, pem }) => isDecodedAs(pem, expected)).length;
  yield {
    name: 'certificates of real Fulcio instances decoded as recorded',
    value: `${equal} of ${certificates.length}`,
    passed: certificates.length >= 13 && equal === certificates.length,
  };

  const specimens = [...(await fulcioLikeCertificates()), ...certificates.map(({ pem }) => derOf(pem))];
  const run = runDifferential(specimens, { seed: SEED, mutations: MUTATIONS });
  yield {
    name: 'mutated certificates beside node:crypto and @sigstore/core',
    value: `${run.compared} (seed ${SEED}): ${run.refused} refused by code, ${run.same} read alike, ${run.findings.length} otherwise`,
    passed: run.findings.length === 0 && run.same > 100,
  };

  const tests = await runSuites([...new Set(SUITES.map(([, path]) => path))]);
  for (const [name, path, title] of SUITES) {
    const counted = tests.filter((test) => test.file.endsWith(path) && test.title.includes(title));
    const passed = counted.filter((test) => test.passed).length;
    yield { name, value: `${passed} of ${counted.length}`, passed: counted.length > 0 && passed === counted.length };
  }

  const refusals = expectedErrors();
  const compiles = await runTool('tsc', ['-p', 'tsconfig.test.json']);
  yield { name: 'policies that must not compile, and don’t', value: `${refusals}`, passed: compiles && refusals > 10 };

  const lines = await runImportedLines(fixtures);
  const same = lines.filter(({ ours, cosign }) => ours === cosign).length;
  const unexplained = lines.filter(({ ours, cosign, reason }) => ours !== cosign && reason === '');
  yield {
    name: 'recorded cosign lines imported as policies',
    value: `${lines.length}: ${same} with cosign’s verdict, ${lines.length - same - unexplained.length} otherwise for a documented reason, ${unexplained.length} unexplained`,
    passed: lines.length > 300 && unexplained.length === 0,
  };
  const reasons = new Map<string, number>();
  for (const { ours, cosign, reason } of lines)
    if (ours !== cosign) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  for (const [reason, count] of reasons)
    yield { name: '  otherwise than cosign', value: `${count}: ${reason}`, passed: reason !== '' };
}

/** Suites whose tests are figures: file, and the part of a title that is counted. */
const SUITES: readonly (readonly [string, string, string])[] = [
  [
    'policy fields, each with a policy that holds and one that only that field spoils',
    'packages/sigtrail/src/policy/fields.test.ts',
    'every field of a policy',
  ],
  ['names of each kind match only as such', 'packages/sigtrail/src/policy/fields.test.ts', 'names of each kind'],
  ['atLeast finds what brute force finds', 'packages/sigtrail/src/policy/matching.test.ts', ''],
  [
    'catastrophic patterns in time in proportion to the text',
    'packages/sigtrail/src/policy/pattern.test.ts',
    'catastrophic',
  ],
  [
    'policies under three-valued logic, whole and with something unread',
    'packages/sigtrail/src/decide/decide.test.ts',
    'three values',
  ],
  ['callbacks: answers, exceptions, deadlines', 'packages/sigtrail/src/decide/decide.test.ts', 'accept'],
  [
    'unknown keys and other mistakes refused',
    'packages/sigtrail/src/policy/parse-policy.test.ts',
    'parsePolicy refuses',
  ],
  [
    'policy files: mistakes with line and column, and read back to the same',
    'packages/sigtrail/src/policy-file/document/document.test.ts',
    '',
  ],
  ['lint rules, each found and each with a page', 'packages/sigtrail/src/policy-file/lint/lint-policy.test.ts', ''],
  ['imports that name what they can’t express', 'packages/sigtrail/src/policy-file/import/import.test.ts', ''],
  ['examples of policies with code of one’s own', 'examples/policies.test.ts', ''],
];

interface Recorded {
  readonly pem: string;
  readonly expected: {
    readonly san: readonly { readonly kind: string; readonly value: string }[];
    readonly claims: Readonly<Record<string, string>>;
    readonly notBefore: string;
    readonly notAfter: string;
  };
}

function readCertificates(fixtures: string): readonly Recorded[] {
  const index = JSON.parse(readFileSync(join(fixtures, 'index.json'), 'utf8')) as readonly (Recorded & {
    readonly name: string;
    readonly kind: string;
  })[];
  return index
    .filter(({ kind }) => kind === 'fulcio-cert')
    .map(({ name, expected }) => ({ expected, pem: readFileSync(join(fixtures, `${name}.pem`), 'utf8') }));
}

function isDecodedAs(pem: string, expected: Recorded['expected']): boolean {
  const decoded = decodeCertificate(pem);
  const claims = Object.entries(expected.claims).map(([number, value]) => [
    claimNames[`${FULCIO_ARC}.${number.slice(2)}`],
    value,
  ]);
  const sorted = (entries: readonly (readonly unknown[])[]): string =>
    JSON.stringify([...new Set(entries.map((entry) => JSON.stringify(entry)))].toSorted());
  return (
    sorted(claims) === sorted(Object.entries(decoded.claims).filter(([name]) => name in CLAIM_OIDS)) &&
    JSON.stringify(decoded.subjectAlternativeNames) === JSON.stringify(expected.san) &&
    Date.parse(decoded.notBefore) === Date.parse(expected.notBefore) &&
    Date.parse(decoded.notAfter) === Date.parse(expected.notAfter)
  );
}

function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64');
}

interface RanTest {
  readonly file: string;
  /** The titles around it and its own. */
  readonly title: string;
  readonly passed: boolean;
}

/** Runs test files and says what came of each test. */
async function runSuites(paths: readonly string[]): Promise<readonly RanTest[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrail-show-'));
  const file = join(folder, 'tests.json');
  try {
    await new Promise<void>((resolve) => {
      execFile(
        join(root, 'node_modules/.bin/vitest'),
        ['run', ...paths, '--maxWorkers=2', '--reporter=json', `--outputFile=${file}`],
        { cwd: root, maxBuffer: 64 * 1024 * 1024 },
        // A failing test is a figure, not an error.
        () => resolve(),
      );
    });
    return existsSync(file) ? readTests(readFileSync(file, 'utf8')) : [];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readTests(text: string): readonly RanTest[] {
  const { testResults } = JSON.parse(text) as {
    readonly testResults: readonly {
      readonly name: string;
      readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
    }[];
  };
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ file: name, title: fullName, passed: status === 'passed' })),
  );
}

async function runTool(name: string, words: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(join(root, 'node_modules/.bin', name), [...words], { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error) =>
      resolve(error === null),
    );
  });
}

/** `tsc` fails when one of these is not an error. */
function expectedErrors(): number {
  const text = readFileSync(join(root, 'packages/sigtrail/src/policy/policy.test-d.ts'), 'utf8');
  return text.match(/@ts-expect-error/g)?.length ?? 0;
}
