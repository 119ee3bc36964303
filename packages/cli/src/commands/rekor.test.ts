import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLog,
  createSigstore,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeRekor,
  type FakeSigstore,
  GITHUB_WORKFLOW,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  startRekor,
} from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../main.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let server: FakeRekor;
let folder: string;
let root: string;
let log: readonly string[];
beforeEach(async () => {
  [sigstore, registry] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
  ]);
  server = await startRekor(sigstore.rekor);
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-cli-'));
  root = join(folder, 'trusted_root.json');
  writeFileSync(root, JSON.stringify(sigstore.trustedRoot()));
  log = ['--rekor-url', server.url, '--trusted-root', root];
});
afterEach(async () => {
  await Promise.all([registry.close(), server.close()]);
});

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(['rekor', ...argv], {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  return { code, stdout, stderr };
}

/** Pushes an image, signs it, and gives its reference. */
async function signed(options: object = {}, pushed = true): Promise<string> {
  registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
  const digest = registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
  const signer = await sigstore.issueCertificate(options);
  const layer = sigstore.signImageLegacy({ imageDigest: digest, dockerReference: `${registry.host}/acme/app`, signer });
  if (pushed) pushManifest(registry, 'acme/app', signatureManifest([layer]), `${digest.replace(':', '-')}.sig`);
  return `${registry.host}/acme/app:v1`;
}

describe('sigtrail rekor loginfo', () => {
  it('shows the trees of the log, and whose key signed their checkpoints', async () => {
    await signed();
    const { code, stdout } = await run('loginfo', ...log);
    expect([code, stdout.split('\n')[0]]).toEqual([0, `${server.url} (Rekor v1)`]);
    expect(stdout).toMatch(/\n {2}active {2}\S+.*\n {4}size {4}\d+ entries, /);
    expect(stdout).toMatch(/\n {4}trust {3}signed by a trusted key \(sha256:[0-9a-f]+\)\n/);
    expect(JSON.parse((await run('loginfo', ...log, '-o', 'json')).stdout)).toMatchObject({
      version: 1,
      trees: [{ state: 'active', trust: 'pinned', size: expect.stringMatching(/^\d+$/) }],
    });
  });

  it('is an alarm for a log that signs with a key that is not trusted', async () => {
    const stranger = await createSigstore();
    writeFileSync(root, JSON.stringify(stranger.trustedRoot()));
    const { code, stdout } = await run('loginfo', ...log);
    expect([code, stdout]).toEqual([30, '']);
  });
});

describe('rekor get', () => {
  it('makes a page of an entry, with the path to the root that the log signed', async () => {
    await signed();
    const { code, stdout } = await run('get', '1', ...log, '-o', 'html');
    expect([code, stdout.startsWith('<!doctype html>'), stdout.includes('<script')]).toEqual([0, true, false]);
    for (const words of ['PROVEN', 'Path from leaf 1 to the root', 'said by the log', 'Integrated time', 'Valid from'])
      expect(stdout.includes(words), words).toBe(true);
    // The drawing of the times takes the validity as it is, not as the page words it.
    expect([stdout.includes('<b>Certificate valid</b>'), stdout.includes('NaN')]).toEqual([true, false]);
    const file = join(folder, 'entry.html');
    const filed = await run('get', '1', ...log, '-o', 'html', '--output-file', file);
    expect([filed.code, filed.stdout, readFileSync(file, 'utf8').slice(0, 15)]).toEqual([0, '', '<!doctype html>']);
    expect((await run('get', '1', ...log, '-o', 'markdown')).code).toBe(2);
  });

  it('shows every field of the search page, each with a mark', async () => {
    await signed();
    const { code, stdout } = await run('get', '1', ...log);
    expect(code).toBe(0);
    for (const line of [
      /✓ Entry UUID +[0-9a-f]{80}/,
      /✓ Type +hashedrekord 0\.0\.1/,
      /✓ Log index +1/,
      /~ Integrated time +\d{4}-.*ago|~ Integrated time +\d{4}-/,
      /✓ Hash +sha256:[0-9a-f]{64}/,
      /✓ Signature +\S{20,}/,
      /✓ Serial number/,
      /✓ Valid from/,
      /✓ issuer +https:/,
      /✓ inclusion/,
      /✓ set/,
    ])
      expect(stdout).toMatch(line);
    expect(stdout).toContain(GITHUB_WORKFLOW);
    // The search page knows the public log: a link would show a stranger's entry.
    expect(stdout).not.toContain('search.sigstore.dev');
  });

  it('gives the same as JSON, whose evidence verifies offline', async () => {
    await signed();
    const { stdout } = await run('get', '1', ...log, '--output', 'json');
    const file = join(folder, 'entry.json');
    writeFileSync(file, stdout);
    await server.close();
    expect(await run('verify', file, '--trusted-root', root)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('PROVEN entry 1'),
    });
    const other = join(folder, 'other.json');
    writeFileSync(other, JSON.stringify((await createSigstore()).trustedRoot()));
    expect((await run('verify', file, '--trusted-root', other)).code).toBe(12);
    server = await startRekor(sigstore.rekor);
  });

  it('prints nothing that a terminal obeys', async () => {
    await signed({ claims: { '1.3.6.1.4.1.57264.1.4': 'a\u001b[31m\u009b2J\u202e' } });
    for (const output of ['text', 'json']) {
      const { stdout } = await run('get', '1', ...log, '--output', output);
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });

  it.each([
    ['an index that is not there', ['get', '999'], 11],
    ['what is neither index nor UUID', ['get', 'latest'], 2],
    ['nothing to search for', ['search'], 2],
    ['a watcher that begins nowhere', ['watch', 'example.test/app', '--state', 'x', '--from', '-1'], 2],
    ['a watcher without a memory', ['watch', 'example.test/app'], 2],
    ['no sub-command', [], 2],
  ])('ends with one line for %s', async (_, words, expected) => {
    const more = words[0] === 'watch' || words.length === 0 ? [] : log;
    const { code, stdout, stderr } = await run(...words, ...more);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr.trim()).not.toBe('');
  });

  it('is 30 when the log lies', async () => {
    await signed();
    server.lie = ({ path }, honest) =>
      path === '/api/v1/log'
        ? honest
        : {
            status: 200,
            text: JSON.stringify(honest.json).replace(/"rootHash":"[0-9a-f]{64}/, `"rootHash":"${'00'.repeat(32)}`),
          };
    expect((await run('get', '1', ...log)).code).toBe(30);
  });
});

describe('rekor search', () => {
  it('fetches and proves what the index leads to', async () => {
    await signed();
    const { code, stdout, stderr } = await run('search', '--subject', GITHUB_WORKFLOW, ...log);
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 1]);
    expect(stdout).toMatch(/^✓1 .*✓hashedrekord 0\.0\.1 .*✓https:/);
    expect(stderr).toContain('may be incomplete');
    expect((await run('search', '--sha', 'ab'.repeat(32), ...log)).stdout).toBe('');
  });
});

describe('rekor track', () => {
  const trackLog = (): readonly string[] => [...log, '--rekor-log', sigstore.rekor.baseUrl];
  it('is 0 when log and registry agree, and 20 when one knows more', async () => {
    const agreed = await run('track', await signed(), ...trackLog());
    expect([agreed.code, agreed.stdout.includes('in log and registry')]).toEqual([0, true]);
    const more = await run('track', await signed({}, false), ...trackLog());
    expect(more.code).toBe(20);
    expect(more.stdout).toContain('LOGGED, NOT IN THE REGISTRY');
    const line = await run('track', await signed({}, false), ...trackLog(), '--timeline', '--output', 'json');
    expect(JSON.parse(line.stdout)).toMatchObject({ signers: [{ strength: 'proven-identity', count: 3 }] });
  });
});

describe('an entry that can’t be read', () => {
  it('is found, said to be unreadable, and searched for what was asked: exit code 14', async () => {
    const [one, other] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const spec = { data: { hash: { algorithm: 'sha256', value: one } } };
    const entry = sigstore.rekor.append({ apiVersion: '9.9.9', kind: 'rpm', spec }, new Date());
    server.index.add(`sha256:${other}`, entry);
    const found = await run('search', '--sha', `sha256:${one}`, ...log);
    expect(found).toMatchObject({ code: 14, stdout: expect.stringContaining('can’t be read') });
    expect(found.stderr).toContain(
      `entry 1 can’t be read: there is no reader for entries of kind rpm, version 9.9.9; sha256:${one} is in its bytes`,
    );
    const led = await run('search', '--sha', `sha256:${other}`, ...log, '--output', 'json');
    expect(led.code).toBe(14);
    expect(JSON.parse(led.stdout)).toMatchObject({ unread: [{ logIndex: 1, contains: [] }] });
    expect((await run('get', '1', ...log)).stdout).toContain('can’t be read: there is no reader');
  });
});

describe('rekor timeline', () => {
  it('tells who signed the images of a repository', async () => {
    await signed();
    const { code, stdout } = await run(
      'timeline',
      `${registry.host}/acme/app`,
      ...log,
      '--rekor-log',
      sigstore.rekor.baseUrl,
    );
    expect([code, stdout.includes('proven-identity'), stdout.includes(GITHUB_WORKFLOW)]).toEqual([0, true, true]);
    expect(
      (await run('timeline', `${registry.host}/acme/none`, ...log, '--rekor-log', sigstore.rekor.baseUrl)).code,
    ).toBe(11);
  });

  it.each([
    ['a repository that is not there', 'acme/none', [], 'acme/none'],
    ['a repository without an image', 'acme/blobs', [], 'acme/blobs has no tag that is an image'],
    ['a repository with signatures alone', 'acme/moved', [], 'acme/moved has no tag that is an image'],
    ['a tag that is not there', 'acme/app', ['--tag', 'gone'], ''],
  ])('is 11 for %s', async (_, repository, more, message) => {
    await signed();
    registry.putBlob('acme/blobs', EMPTY_CONFIG.bytes);
    registry.putBlob('acme/moved', EMPTY_CONFIG.bytes);
    const bytes = manifestOf(EMPTY_CONFIG, []);
    registry.putManifest('acme/moved', bytes, MEDIA_TYPE.manifest, `sha256-${'ab'.repeat(32)}.sig`);
    const words = ['timeline', `${registry.host}/${repository}`, ...more, ...log];
    const { code, stderr } = await run(...words, '--rekor-log', sigstore.rekor.baseUrl);
    expect(code).toBe(11);
    expect(stderr).toContain(message);
  });

  it.each([
    [':v1', /without a tag, got \S+:v1; for this tag alone: sigtrail rekor timeline \S+\/acme\/app --tag v1\n$/],
    [`@sha256:${'ab'.repeat(32)}`, /without a digest, got .*: sigtrail rekor track \S+@sha256:[ab]+\n$/],
    [`:v1@sha256:${'ab'.repeat(32)}`, /without a digest, got/],
  ])('says what to ask instead of a repository with %s', async (suffix, message) => {
    const { code, stdout, stderr } = await run('timeline', `${registry.host}/acme/app${suffix}`, ...log);
    expect([code, stdout, stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('not an image reference');
  });

  it('says that a layout is not a repository', async () => {
    const { code, stderr } = await run('timeline', `oci:${folder}`, ...log);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/got the layout oci:\S+; .*sigtrail rekor track oci:/)]);
  });

  it('says that a log could not be read, in text, JSON and exit code', async () => {
    await signed({}, false);
    const down = ['--rekor-url', 'http://127.0.0.1:1', '--trusted-root', root, '--rekor-log', sigstore.rekor.baseUrl];
    for (const command of [
      ['timeline', `${registry.host}/acme/app`],
      ['track', `${registry.host}/acme/app:v1`, '--timeline'],
    ]) {
      const text = await run(...command, ...down);
      expect([text.code, text.stdout]).toEqual([14, expect.stringMatching(/INCOMPLETE[^]*127\.0\.0\.1:1/)]);
      const json = await run(...command, ...down, '--output', 'json');
      expect([json.code, JSON.parse(json.stdout)]).toMatchObject([14, { signers: [], problems: [{}] }]);
    }
  });
});

describe('rekor watch', () => {
  it('goes from new to nothing new to unexpected to a log that lies, by exit code, and saves evidence', async () => {
    const events = join(folder, 'events.jsonl');
    const words = [
      ...log,
      '--rekor-log',
      sigstore.rekor.baseUrl,
      '--state',
      join(folder, 'state'),
      '--events',
      events,
      '--expect-identity',
      GITHUB_WORKFLOW,
    ];
    const reference = await signed();
    const first = await run('watch', reference, ...words);
    expect([first.code, first.stdout]).toEqual([
      10,
      expect.stringMatching(
        /^\S+ {2}new entries[^\n]* \(exit code 10\)\n[^]* {2}first seen entry 1: .*\d\dZ \((?:just now|\d+ \w+ ago)\), for /,
      ),
    ]);
    const file = join(folder, 'run.txt');
    const second = await run('watch', reference, ...words, '--output-file', file);
    expect([second.code, second.stdout]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toContain('nothing new (exit code 0)');
    await signed({ san: [{ kind: 'email', value: 'mallory@evil.test' }] });
    const unexpected = await run('watch', reference, ...words);
    expect([unexpected.code, unexpected.stdout.includes('UNEXPECTED')]).toEqual([20, true]);
    // It took the place of the first one.
    expect(unexpected.stdout).toMatch(
      /GONE signature of https:.*\(https:.*\) from .*\/acme\/app@sha256:.*, in the log as 1\n/,
    );
    server.shards = [sigstore.rekor.fork(2)];
    const lying = await run('watch', reference, ...words);
    expect([lying.code, lying.stdout.includes('ALARM rollback')]).toEqual([30, true]);
    const [evidence = ''] = readdirSync(join(folder, 'state', 'evidence'));
    expect(await run('verify', join(folder, 'state', 'evidence', evidence), '--trusted-root', root)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('HOLDS rollback'),
    });
    expect(readFileSync(events, 'utf8').trim().split('\n')).toHaveLength(5);
  });

  it('says how an alarm ends that stands, and ends it when somebody says that the change is right', async () => {
    const state = join(folder, 'state');
    const words = [...log, '--rekor-log', sigstore.rekor.baseUrl, '--state', state];
    const reference = await signed();
    expect((await run('watch', reference, ...words)).code).toBe(10);
    server.shards = [createLog({ host: 'renamed.fake.test', key: sigstore.rekor.key, indexOffset: 0, neighbours: 1 })];
    const changed = await run('watch', reference, ...words);
    expect([changed.code, changed.stdout.includes('ALARM log-changed')]).toEqual([30, true]);
    const [, id = ''] = /rekor acknowledge (\S+) --state/.exec(changed.stdout) ?? [];
    expect((await run('watch', reference, ...words)).code).toBe(30);
    expect((await run('acknowledge', 'alarm-0', '--state', state)).code).toBe(2);
    expect((await run('acknowledge', id)).code).toBe(2);
    expect(await run('acknowledge', id, '--state', state)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('renamed.fake.test'),
    });
    expect((await run('watch', reference, ...words)).code).toBe(10);
    expect((await run('watch', reference, ...words)).code).toBe(0);
  });
});
