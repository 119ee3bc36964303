// Runs the sigstore-conformance suite through verifyBundle, by file and by digest. One line a case, then `N passed, N failed`.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundlePolicy, type CandidateReport, isSigtrailError } from 'sigtrail';
import { CONFORMANCE_CODES } from './conformance-codes.ts';
import { fixturesDirectory } from '../fixtures-directory.ts';
import { candidatesOf, type Observe } from '../observe.ts';
import { openSession, type SessionOptions } from '../../packages/sigtrail/src/session.ts';
import { verifyBundleIn } from '../../packages/sigtrail/src/verify-bundle.ts';

const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';

/** The outcome of one case in one mode. */
export interface ConformanceResult {
  readonly name: string;
  readonly mode: 'file' | 'digest';
  readonly expected: 'accept' | 'reject';
  readonly actual: 'accept' | 'reject';
  readonly code: string;
  /** The code that must refuse it; `accepted` for the others. */
  readonly expectedCode: string;
}

/** Runs every case, and rethrows anything but our own typed refusal. */
export async function runConformance(
  suite: string,
  settings: SessionOptions = {},
  observe: Observe<ConformanceResult> = () => {},
): Promise<readonly ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  const cases = readdirSync(suite, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && existsSync(join(suite, entry.name, 'bundle.sigstore.json')),
  );
  for (const { name } of cases.toSorted((a, b) => a.name.localeCompare(b.name)))
    for (const mode of ['file', 'digest'] as const) {
      const { code, candidates } = await runCase(suite, join(suite, name), mode, settings);
      const result: ConformanceResult = {
        name,
        mode,
        expected: name.endsWith('_fail') ? 'reject' : 'accept',
        actual: code === 'accepted' ? 'accept' : 'reject',
        code,
        // For a case that the table doesn't have, only the verdict counts.
        expectedCode: name.endsWith('_fail') ? (CONFORMANCE_CODES[name] ?? refusal(code)) : 'accepted',
      };
      results.push(result);
      observe(result, candidates);
    }
  return results;
}

function refusal(code: string): string {
  return code === 'accepted' ? 'any refusal' : code;
}

async function runCase(
  suite: string,
  directory: string,
  mode: 'file' | 'digest',
  settings: SessionOptions,
): Promise<{ readonly code: string; readonly candidates: readonly CandidateReport[] }> {
  const text = (name: string): string | undefined =>
    existsSync(join(directory, name)) ? readFileSync(join(directory, name), 'utf8') : undefined;
  const artifact = readFileSync(
    existsSync(join(directory, 'artifact')) ? join(directory, 'artifact') : join(suite, 'a.txt'),
  );
  const key = text('key.pub');
  const root = text('trusted_root.json');
  try {
    const signedBy =
      key === undefined
        ? { issuer: text('issuer')?.trim() ?? ISSUER, subject: text('identity')?.trim() ?? IDENTITY }
        : { key };
    const policy: BundlePolicy = { signedBy };
    const subject =
      mode === 'file' ? artifact : (`sha256:${createHash('sha256').update(artifact).digest('hex')}` as const);
    const bundle = readFileSync(join(directory, 'bundle.sigstore.json'));
    const session = openSession({ ...settings, trust: root === undefined ? { embedded: true } : { json: root } });
    const { report } = await verifyBundleIn(session, bundle, subject, policy);
    return { code: 'accepted', candidates: [report] };
  } catch (error) {
    if (isSigtrailError(error))
      return {
        code: error.candidate?.refusedBecause ?? `${error.code}${error.path === undefined ? '' : ` at ${error.path}`}`,
        candidates: candidatesOf(error),
      };
    if (error instanceof TypeError && 'code' in error) return { code: String(error.code), candidates: [] };
    throw error;
  }
}

if (import.meta.main) {
  const results = await runConformance(join(fixturesDirectory(), 'conformance'));
  for (const { name, mode, code, expectedCode } of results)
    console.log(
      `${code === expectedCode ? 'ok  ' : 'FAIL'} ${mode.padEnd(6)} ${name} → ${code}${code === expectedCode ? '' : `, expected ${expectedCode}`}`,
    );
  const failed = results.filter(({ code, expectedCode }) => code !== expectedCode).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
}
