import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './main.ts';

// Recorded data stays outside the repository; it is found beside the checkout or by name.
const FIXTURES = process.env['SIGTRAIL_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures');
const STACK = join(FIXTURES, 'local-stack');
const present = existsSync(STACK);
const required = process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1';

interface RecordedRun {
  readonly label: string;
  readonly tool: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface RecordedCase {
  readonly name: string;
  readonly registry: string;
  readonly referrersApi: boolean;
  readonly layouts: Readonly<Record<string, string>>;
  readonly cosign: readonly RecordedRun[];
}

const cases: readonly RecordedCase[] = present
  ? readdirSync(STACK)
      .filter((name) => existsSync(join(STACK, name, 'case.json')))
      .map((name) => JSON.parse(readFileSync(join(STACK, name, 'case.json'), 'utf8')) as RecordedCase)
  : [];

const verifyRuns = cases.flatMap((recorded) =>
  recorded.cosign.filter(({ args }) => args[0] === 'verify').map((run) => ({ recorded, run })),
);

const known = (args: readonly string[]): boolean => main.length >= 0 && args.length > 0;
void known;

const hosts = new Map<string, FakeRegistry>();
beforeAll(async () => {
  if (!present) return;
  for (const [name, referrersApi] of [['127.0.0.1:5801', true], ['127.0.0.1:5802', false]] as const) hosts.set(name, await startRegistry({ referrersApi }));
  for (const { registry, name, layouts } of cases) for (const [repository, folder] of Object.entries(layouts)) hosts.get(registry)?.loadLayout(repository, join(STACK, name, folder));
});
afterAll(async () => {
  for (const registry of hosts.values()) await registry.close();
});
const swap = (text: string, back = false): string => {
  let out = text;
  for (const [name, registry] of hosts) out = back ? out.replaceAll(registry.host, name) : out.replaceAll(name, registry.host);
  return out;
};
async function run(argv: readonly string[]) {
  let stdout = '', stderr = '';
  const code = await main(argv, { stdout: (t) => void (stdout += t), stderr: (t) => void (stderr += t) });
  return { code, stdout: swap(stdout, true), stderr: swap(stderr, true) };
}
it('explore', async () => {
  const rows: string[] = [];
  for (const { recorded, run: r } of verifyRuns) {
    const args = r.args.map((a) => (a.startsWith('trust/') ? join(STACK, a) : swap(a))).filter((a, i, all) => a !== '-o' && all[i - 1] !== '-o');
    const o = await run([...args, '-o', 'cosign']);
    const same = (o.code === 0) === (r.exitCode === 0);
    let out = '';
    if (o.code === 0 && r.exitCode === 0 && o.stdout !== r.stdout) {
      out = 'STDOUT';
      try {
        const mine = JSON.parse(o.stdout), theirs = JSON.parse(r.stdout);
        const left = new Set(mine.map((m: any) => { if (m.critical.type !== 'cosign container image signature') m.optional = Object.fromEntries(Object.entries(m.optional ?? {}).filter(([k]) => !/^(Subject|Issuer|Bundle|githubWorkflow|1\.3\.6)/.test(k))); return JSON.stringify(m); }));
        const them = theirs.map((m: any) => { if (m.critical.type !== 'cosign container image signature') m.optional ??= {}; return JSON.stringify(m); });
        const missing = them.filter((t: string) => !left.has(t));
        out = missing.length === 0 ? `EXTRA${left.size - them.length}` : `MISSING ${missing[0].slice(0, 500)} VS ${[...left].join('\n   ').slice(0, 500)}`;
        if (out === 'EXTRA0') out = '';
      } catch (e) { out = `BAD ${String(e)}`; }
    }
    if (!same || out) rows.push(`${recorded.name} | ${r.label} | ${r.tool} | cosign ${r.exitCode} ours ${o.code} | ${out} | ${o.code === 2 ? o.stderr.trim().split('\n').at(-1) : same ? '' : r.args.slice(1).filter((a)=>!a.startsWith('trust')).join(' ').slice(0, 300)}`);
  }
  console.log(`${verifyRuns.length} runs\n${rows.join('\n')}`);
  expect(required || present).toBe(true);
}, 600_000);
describe.skip('x', () => {});
