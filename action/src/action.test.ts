import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, EMAIL_ISSUER, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundleAction } from '../../tools/command-bundle.ts';
import type { ImageResult } from './image-result.ts';
import { summaryOf } from './summary.ts';
import { annotationOf } from './workflow-commands.ts';

// The Action as a runner starts it: one file, its inputs in the environment, its outputs in files.
let built: string;
let registry: FakeRegistry;
let host: string;
let web: { readonly reference: string; readonly pinned: string };
let unsigned: string;
let trust: string;
let checkout: string;

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'sigtrail-action-'));
  const [started, sigstore] = await Promise.all([
    startRegistry(),
    createSigstore(),
    bundleAction(join(built, 'bundle')),
  ]);
  registry = started;
  ({ host } = registry);
  web = pushImage(registry, 'acme/web:v1');
  await sigstore.signImage(registry, web.reference, { as: { email: 'alice@acme.test' } });
  unsigned = pushImage(registry, 'acme/api:v1').reference;
  trust = join(built, 'trusted_root.json');
  await writeFile(trust, sigstore.trust.json);
}, 120_000);
afterAll(async () => {
  await registry.close();
  await rm(built, { recursive: true, force: true });
});
beforeEach(async () => {
  registry.clearFaults();
  checkout = await mkdtemp(join(built, 'checkout-'));
  await mkdir(join(checkout, 'deploy'));
});

interface Ran {
  readonly code: number;
  readonly lines: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** One step of a workflow in the checkout. */
async function step(
  inputs: Readonly<Record<string, string>>,
  job: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const output = join(checkout, 'output');
  const summary = join(checkout, 'summary');
  const given = Object.entries({ 'trusted-root': trust, ...inputs }).map(
    ([name, value]) => [`INPUT_${name.toUpperCase()}`, value] as const,
  );
  const files = { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, HOME: checkout };
  const env = { ...job, ...Object.fromEntries(given), ...files };
  const { code, stdout } = await new Promise<{ readonly code: number; readonly stdout: string }>((resolve) => {
    const child = execFile(process.execPath, [join(built, 'bundle', 'action.cjs')], { cwd: checkout, env }, (_, out) =>
      resolve({ code: child.exitCode ?? -1, stdout: out }),
    );
  });
  const text = await readFile(output, 'utf8').catch(() => '');
  const outputs = Object.fromEntries(
    [...text.matchAll(/^(.+)<<(.+)\n([\s\S]*?)\n\2$/gm)].map(([, name = '', , value = '']) => [name, value]),
  );
  return {
    code,
    lines: stdout.split('\n').filter((line) => line !== ''),
    outputs,
    summary: await readFile(summary, 'utf8').catch(() => ''),
  };
}

const byAlice = { 'certificate-identity': 'alice@acme.test', 'certificate-oidc-issuer': EMAIL_ISSUER };
const map = (mode: string): string =>
  [
    'version: 1',
    'images:',
    `  - match: "${host}/acme/*"`,
    `    mode: ${mode}`,
    `    policy: { signedBy: { issuer: ${EMAIL_ISSUER}, subject: alice@acme.test } }`,
    '',
  ].join('\n');

describe('the Action, about images', () => {
  it('passes with the digest to deploy if all of them are verified', async () => {
    const { code, outputs, summary, lines } = await step({ images: `${web.reference}\n# not this one\n`, ...byAlice });
    expect(code).toBe(0);
    expect(outputs).toMatchObject({ verdict: 'verified', reference: web.pinned });
    expect(JSON.parse(outputs['references'] ?? '')).toEqual({ [web.reference]: web.pinned });
    expect(outputs).toMatchObject({ 'exit-code': '0', written: '[]' });
    expect(lines).toEqual(['1 image: verified']);
    expect(summary).toContain('### Sigtrail: verified');
  });

  it('fails if one is not, and names no digest to deploy', async () => {
    const { code, outputs, lines, summary } = await step({ images: `${web.reference}\n${unsigned}`, ...byAlice });
    expect(code).toBe(10);
    expect(outputs).toMatchObject({ verdict: 'rejected', 'exit-code': '10' });
    expect(outputs).not.toHaveProperty('reference');
    expect(lines.find((line) => line.startsWith('::error '))).toContain('rejected%3A 127.0.0.1%3A');
    expect(summary).toContain('| rejected |');
  });

  it('fails as indeterminate if a registry does not answer', async () => {
    registry.fail({ fault: { kind: 'status', status: 403 } });
    const { code, outputs } = await step({ images: web.reference, ...byAlice });
    expect([code, outputs['verdict']]).toEqual([14, 'indeterminate']);
  });

  it('reads a policy file', async () => {
    await writeFile(
      join(checkout, 'policy.yaml'),
      `version: 1\nsignedBy: { issuer: ${EMAIL_ISSUER}, subject: alice@acme.test }\n`,
    );
    expect((await step({ images: web.reference, policy: 'policy.yaml' })).code).toBe(0);
    await writeFile(
      join(checkout, 'policy.yaml'),
      `version: 1\nsignedBy: { issuer: ${EMAIL_ISSUER}, subject: bob@acme.test }\n`,
    );
    expect((await step({ images: web.reference, policy: 'policy.yaml' })).code).toBe(12);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['nothing to verify', {}, /nothing to verify/],
    ['no policy', { images: 'alpine' }, /"images" needs a "policy"/],
    ['half an identity', { images: 'alpine', 'certificate-identity': 'a' }, /need each other/],
    ['two policies', { images: 'alpine', policy: 'p.yaml', ...byAlice }, /exclude each other/],
    ['files without a map', { files: 'deploy/*' }, /"files" needs a "policy-map"/],
    ['a lock without files', { images: 'alpine', lock: 'x', ...byAlice }, /"lock" is about "files"/],
    ['a word for yes', { files: 'deploy/*', 'policy-map': 'map.yaml', pin: 'yes' }, /"pin" must be true or false/],
    ['a policy that is not there', { images: 'alpine', policy: 'nowhere.yaml' }, /nowhere.yaml can’t be read/],
  ])('fails with %s', async (_, inputs, message) => {
    const { code, lines, outputs } = await step(inputs);
    expect([code, outputs]).toEqual([2, {}]);
    expect(lines.join('\n')).toMatch(message);
  });
});

describe('the Action, about files', () => {
  it('marks each image at its place, and verifies each once', async () => {
    await writeFile(join(checkout, 'map.yaml'), map('enforce'));
    await writeFile(
      join(checkout, 'deploy', 'compose.yaml'),
      `services:\n  web: { image: "${web.reference}" }\n  again: { image: "${web.reference}" }\n  api:\n    image: ${unsigned}\n  other:\n    image: docker.io/library/nginx:1\n`,
    );
    await writeFile(
      join(checkout, 'deploy', 'Dockerfile'),
      `FROM ${web.reference} AS base\nFROM \${MISSING}\nRUN true\n`,
    );
    const { code, lines, outputs } = await step({ files: 'deploy/*', 'policy-map': 'map.yaml' });
    expect([code, outputs['verdict']]).toEqual([12, 'rejected']);
    const results = JSON.parse(outputs['results'] ?? '') as readonly ImageResult[];
    expect(results.filter(({ decision }) => decision === 'verified')).toHaveLength(3);
    const at = (file: string, line: number): string | undefined =>
      lines.find((one) => one.startsWith(`::error file=deploy/${file},line=${line},`));
    expect(at('compose.yaml', 5)).toContain('rejected');
    expect(at('compose.yaml', 7)).toContain('nginx');
    expect(at('Dockerfile', 2)).toContain('indeterminate');
    expect(at('compose.yaml', 2)).toBeUndefined();
  });

  it('fills in the variables of env, and none of the job', async () => {
    await writeFile(join(checkout, 'map.yaml'), map('enforce'));
    const [name = '', tag = ''] = web.reference.split(/:(?=[^:]*$)/);
    await writeFile(join(checkout, 'deploy', 'compose.yaml'), `services: { web: { image: "${name}:\${TAG}" } }\n`);
    const files = { files: 'deploy/*', 'policy-map': 'map.yaml' };
    const given = await step({ ...files, env: `TAG=${tag}` });
    expect([given.code, given.outputs['verdict']]).toEqual([0, 'verified']);
    const before = registry.requests.length;
    const withheld = await step({ ...files, sarif: 'found.sarif' }, { TAG: 's3cret' });
    expect([withheld.code, withheld.outputs['verdict']]).toEqual([14, 'indeterminate']);
    expect(withheld.lines.join('\n')).toContain('TAG is set here, but withheld from files');
    const all = [
      ...withheld.lines,
      JSON.stringify(withheld.outputs),
      withheld.summary,
      await readFile(join(checkout, 'found.sarif'), 'utf8'),
    ];
    expect(all.join('\n')).not.toContain('s3cret');
    expect(registry.requests.length).toBe(before);
    for (const env of ['s3cret', 's3cret = 1', '=s3cret', 's3cret=1\ns3cret=2']) {
      const malformed = await step({ ...files, env });
      expect([malformed.code, malformed.lines.join()]).toEqual([2, expect.stringContaining('NAME=value')]);
      expect(malformed.lines.join()).not.toContain('s3cret');
    }
  });

  it('only warns if the map says so', async () => {
    await writeFile(join(checkout, 'map.yaml'), map('warn'));
    await writeFile(join(checkout, 'deploy', 'Dockerfile'), `FROM ${unsigned}\n`);
    const { code, lines, outputs } = await step({ files: 'deploy/Dockerfile', 'policy-map': 'map.yaml' });
    expect([code, outputs['verdict']]).toEqual([0, 'verified']);
    expect(lines[0]).toMatch(/^::warning file=deploy\/Dockerfile,line=1,/);
  });

  it('fails if a pattern matches no file, or a map is malformed', async () => {
    await writeFile(join(checkout, 'map.yaml'), map('enforce'));
    expect((await step({ files: 'nowhere/*', 'policy-map': 'map.yaml' })).lines.join()).toContain('no file matches');
    await writeFile(join(checkout, 'map.yaml'), 'version: 1\nimages: 5\n');
    await writeFile(join(checkout, 'deploy', 'Dockerfile'), `FROM ${web.reference}\n`);
    const { code, lines } = await step({ files: 'deploy/*', 'policy-map': 'map.yaml' });
    expect(code).toBe(2);
    expect(lines.join()).toContain('map.yaml');
  });

  it('pins, checks and locks as the command does', async () => {
    await writeFile(join(checkout, 'map.yaml'), map('enforce'));
    const file = join(checkout, 'deploy', 'Dockerfile');
    await writeFile(file, `FROM ${web.reference}\n`);
    const pinned = { files: 'deploy/*', 'policy-map': 'map.yaml', pin: 'true' };
    const files = { ...pinned, lock: 'lock.json' };
    const checked = await step({ ...pinned, check: 'true' });
    expect([checked.code, checked.outputs['written']]).toEqual([12, '["deploy/Dockerfile"]']);
    expect(checked.lines.join('\n')).toMatch(
      /^::error file=deploy\/Dockerfile,line=1,.*is not what this run would write/m,
    );
    expect(await readFile(file, 'utf8')).toBe(`FROM ${web.reference}\n`);
    const written = await step(files);
    expect([written.code, written.outputs['written']]).toEqual([0, '["deploy/Dockerfile","lock.json"]']);
    expect(await readFile(file, 'utf8')).toContain('@sha256:');
    expect(await readFile(join(checkout, 'lock.json'), 'utf8')).toContain('alice@acme.test');
    expect((await step({ ...files, check: 'true' })).code).toBe(0);
  });

  it('writes SARIF, whether the step fails or not', async () => {
    await writeFile(join(checkout, 'map.yaml'), map('enforce'));
    await writeFile(join(checkout, 'deploy', 'Dockerfile'), `FROM ${unsigned}\n`);
    const { code } = await step({ files: 'deploy/*', 'policy-map': 'map.yaml', sarif: 'found.sarif' });
    expect(code).toBe(10);
    expect(JSON.parse(await readFile(join(checkout, 'found.sarif'), 'utf8'))).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'unsigned' }] }],
    });
  });

  it('writes SARIF in place of a link, and not where the link leads', async () => {
    await writeFile(join(checkout, 'map.yaml'), map('enforce'));
    await writeFile(join(checkout, 'deploy', 'Dockerfile'), `FROM ${web.reference}\n`);
    await writeFile(join(checkout, 'profile'), 'mine');
    await symlink(join(checkout, 'profile'), join(checkout, 'found.sarif'));
    const { code } = await step({ files: 'deploy/*', 'policy-map': 'map.yaml', sarif: 'found.sarif' });
    expect(code).toBe(0);
    expect(await readFile(join(checkout, 'profile'), 'utf8')).toBe('mine');
    expect(JSON.parse(await readFile(join(checkout, 'found.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect((await readdir(checkout)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('text of strangers', () => {
  const hostile = 'a\n::set-output name=x::y\r%0A,:|`<script>[x](y)\u202e';
  const result: ImageResult = {
    reference: hostile,
    decision: 'rejected',
    message: hostile,
    place: { file: hostile, line: 1, column: 1, endLine: 1, endColumn: 2 },
  };

  it('begins no command of its own', () => {
    const line = annotationOf(result) ?? '';
    expect(line).not.toMatch(/[\r\n]/);
    expect(
      /^::error (.*?)::/
        .exec(line)?.[1]
        ?.split(',')
        .map((one) => one.split('=')[0]),
    ).toEqual(['file', 'line', 'endLine', 'col', 'endColumn', 'title']);
  });

  it('fits the summary', () => {
    const text = summaryOf(Array.from({ length: 20_000 }, () => ({ ...result, message: '\u3042'.repeat(500) })));
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(text).toMatch(/\d+ more images are left out/);
  });

  it('stays in its cell of the summary', () => {
    const [row = ''] = summaryOf([result]).split('\n').slice(4);
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
    expect(row).not.toMatch(/<script|\]\(|\u202e/);
  });
});

it('has the inputs in action.yml that it reads', async () => {
  const action = parse(await readFile(new URL('../action.yml', import.meta.url), 'utf8')) as {
    readonly inputs: object;
    readonly outputs: object;
    readonly runs: object;
  };
  const sources = await readFile(new URL('inputs.ts', import.meta.url), 'utf8');
  const read = new Set([...sources.matchAll(/\binput\('([a-z-]+)'\)/g)].map(([, name]) => name));
  expect(new Set(Object.keys(action.inputs))).toEqual(read);
  expect(Object.keys(action.outputs)).toEqual([
    'verdict',
    'reference',
    'references',
    'results',
    'written',
    'exit-code',
  ]);
  expect(action.runs).toEqual({ using: 'node24', main: 'bundle/action.cjs' });
});

it('is the same file from the same sources', { timeout: 60_000 }, async () => {
  await bundleAction(join(built, 'again'));
  expect(await readFile(join(built, 'again', 'action.cjs'))).toEqual(
    await readFile(join(built, 'bundle', 'action.cjs')),
  );
});
