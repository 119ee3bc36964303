import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ApiReport,
  apiReports,
  compareReports,
  exportedNames,
  reportFile,
  unnameableTypes,
} from './api-report.ts';
import { root } from './workspace.ts';

const temporary = mkdtempSync(join(tmpdir(), 'api-report-test-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** The reports of a package with these declaration files. */
async function reportsOf(name: string, files: Readonly<Record<string, string>>): Promise<readonly ApiReport[]> {
  const directory = join(temporary, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, version: '1.0.0', type: 'module' }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  return apiReports(
    Object.keys(files)
      .filter((file) => !file.startsWith('internal'))
      .map((file) => ({
        name: file === 'index.d.ts' ? name : `${name}/${file.replace('.d.ts', '')}`,
        directory,
        declarations: join(directory, file),
      })),
  );
}

const ANSWER = 'export interface Answer { readonly text: string }\n';
const INDEX = `import type { Answer } from './internal.js';\nexport declare function ask(question: string): Answer;\n`;

describe('the report of an entry', { timeout: 60_000 }, () => {
  let reports: readonly ApiReport[] = [];
  beforeAll(async () => {
    reports = await reportsOf('asking', {
      'index.d.ts': INDEX,
      'types.d.ts': `export type { Answer } from './internal.js';\n`,
      'internal.d.ts': ANSWER,
    });
  }, 60_000);

  test('has each export with its signature', () => {
    expect(reports.map(({ entry }) => entry)).toEqual(['asking', 'asking/types']);
    expect(reports[0]?.text).toContain('export function ask(question: string): Answer;');
    expect(exportedNames(reports[1]?.text ?? '')).toEqual(['Answer']);
  });

  test('names a type of a signature that the entry does not export', () => {
    expect(unnameableTypes(reports, new Set(['asking']))).toEqual([
      "asking has a function with Answer in its signature, which it doesn't export",
    ]);
  });

  test('names a type that no entry exports', async () => {
    const alone = await reportsOf('alone', {
      'index.d.ts': `import type { Answer } from './internal.js';\nexport interface Question { readonly answer: Answer }\n`,
      'internal.d.ts': ANSWER,
    });
    expect(unnameableTypes(alone, new Set(['alone']))).toEqual([
      'alone mentions Answer, which no entry of its package exports',
    ]);
  });

  test('fails the comparison when an export changed, with the difference and the command', async () => {
    const committed = join(temporary, 'api');
    mkdirSync(committed, { recursive: true });
    const texts = new Map(reports.map(({ entry, text }) => [reportFile(entry), text]));
    for (const [file, text] of texts) writeFileSync(join(committed, file), text);
    expect(await compareReports(committed, texts)).toEqual([]);
    const [changed] = await reportsOf('asking', {
      'index.d.ts': INDEX.replace('question: string', 'question: string, urgent?: boolean'),
      'internal.d.ts': ANSWER,
    });
    const complaints = await compareReports(committed, new Map([...texts, ['asking.api.md', changed?.text ?? '']]));
    expect(complaints.join('\n')).toContain('+export function ask(question: string, urgent?: boolean): Answer;');
    expect(complaints.join('\n')).toContain('pnpm -s run api');
    expect(await compareReports(committed, new Map([...texts, ['asking-more.api.md', '']]))).not.toEqual([]);
    texts.delete('asking-types.api.md');
    expect(await compareReports(committed, texts)).not.toEqual([]);
  });
});

describe('the committed reports', () => {
  const committed = new Map(
    globSync('api/*.api.md', { cwd: root }).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );

  test('are there for every entry that is meant to be imported', () => {
    expect(committed.size).toBeGreaterThanOrEqual(20);
    for (const name of [
      'sigtrail',
      'sigtrail-policy',
      'oci-client-lite',
      'triangulate',
      'fulcio-claims',
      'rekor',
      'testing',
    ])
      expect(committed.has(`api/${name}.api.md`), name).toBe(true);
  });

  // A parameter for tests that users can pass is a way around the second judge.
  test('publish nothing of the inside: no session, no services, no context of an evaluation, nothing that was parsed', () => {
    const inside =
      /\b(?:\w*Internal\w*|internal|Session\w*|Services|EvaluationContext|EstablishContext|Parsed[A-Z]\w*)\b/g;
    const found = [...committed].flatMap(([path, text]) =>
      (text.match(inside) ?? []).map((name) => `${path}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  test('give the makers of a verdict no parameter beside those that are documented', () => {
    const text = (committed.get('api/sigtrail.api.md') ?? '').replace(/\s+/g, ' ');
    expect(text).toContain('export function createVerifier(options?: VerifierOptions): Verifier;');
    expect(text).toContain(
      'export function verifyBundle(bundle: Uint8Array | string | object, bytesOrDigest: BundleSubject, policy: BundlePolicy, options?: VerifyBundleOptions): Promise<VerifiedBundle>;',
    );
  });
});
