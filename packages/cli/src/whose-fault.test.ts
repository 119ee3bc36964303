import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sigtrail-fault-'));
const DOWN = 'http://127.0.0.1:1';
// Asking it would be 14.
const DOWN_IMAGE = '127.0.0.1:1/acme/app:v1';
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const garbage = write('garbage', 'garbage {{');
const directory = join(folder, 'directory');
mkdirSync(directory);
const gone = join(folder, 'gone');
const emptyObject = write('empty.json', '{}');
const tufRoot = write('root.json', '{"signed":{"_type":"root"},"signatures":[]}');
const signer = ['--certificate-identity', 'x', '--certificate-oidc-issuer', 'https://y.test'];
const root = ['--trusted-root', `${images}trusted_root.json`];
const mirror = ['--tuf-mirror', DOWN, '--tuf-root', tufRoot, '-t', '2s'];

let registry: FakeRegistry;
/** A server that answers every question with JSON that means nothing. */
let nonsense: Server;
/** A log that refuses every question. */
let refusing: Server;
let ref: string;
let log: readonly string[];
let refused: readonly string[];
beforeAll(async () => {
  registry = await startRegistry();
  registry.loadLayout('acme/app', `${images}legacy-keyless-github/layout`);
  ref = `${registry.host}/acme/app:v1`;
  nonsense = createServer((_, response) => response.end('{"nonsense":1}'));
  await new Promise<void>((resolve) => nonsense.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(nonsense.address() as AddressInfo).port}`;
  const trusted = JSON.parse(readFileSync(`${images}trusted_root.json`, 'utf8')) as { tlogs: { baseUrl: string }[] };
  for (const one of trusted.tlogs) one.baseUrl = url;
  log = ['--rekor-url', url, '--trusted-root', write('trusted.json', JSON.stringify(trusted))];
  refusing = createServer((_, response) => response.writeHead(400).end('{"code":400,"message":"no"}'));
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const other = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  for (const one of trusted.tlogs) one.baseUrl = other;
  refused = ['--rekor-url', other, '--trusted-root', write('refusing.json', JSON.stringify(trusted))];
});
afterAll(async () => {
  nonsense.close();
  refusing.close();
  await registry.close();
});

async function run(argv: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = '';
  const code = await main(argv, { stdout: () => undefined, stderr: (text) => void (stderr += text) });
  return { code, stderr };
}

type Row = readonly [string, () => readonly string[]];

describe('what the world is like is 14', () => {
  it.each<Row>([
    ['a mirror that is down, to inspect', () => ['inspect', ref, ...mirror]],
    ['a mirror that is down, for claims', () => ['claims', ref, ...mirror]],
    ['a mirror that is down, to verify', () => ['verify', ref, ...signer, ...mirror]],
    ['a mirror that is down, to verify attestations', () => ['verify-attestation', ref, ...signer, ...mirror]],
    ['a mirror that is down, to track', () => ['rekor', 'track', ref, ...mirror]],
    ['a mirror that is down, for a timeline', () => ['rekor', 'timeline', `${registry.host}/acme/app`, ...mirror]],
    ['a mirror that is down, to watch', () => ['rekor', 'watch', ref, '--state', join(folder, 'state'), ...mirror]],
    ['an empty cache offline', () => ['verify', ref, ...signer, '--tuf-cache', join(folder, 'cache'), '--offline']],
    ['a registry that is down, for a tree', () => ['tree', '127.0.0.1:1/acme/app:v1']],
    ['a registry that is down, to triangulate', () => ['triangulate', '127.0.0.1:1/acme/app:v1']],
    ['a registry that is down, for a timeline', () => ['rekor', 'timeline', '127.0.0.1:1/acme/app', ...root]],
    ['the log of the embedded root, down', () => ['rekor', 'get', '1', '--rekor-url', DOWN, '-t', '2s']],
    ['a log that answers nonsense', () => ['rekor', 'get', '1', ...log]],
    ['an index that answers nonsense', () => ['rekor', 'search', '--sha', 'a'.repeat(64), ...log]],
    ['a log that refuses an index', () => ['rekor', 'get', '1', ...refused]],
    ['a log that refuses a UUID', () => ['rekor', 'get', 'a'.repeat(80), ...refused]],
    ['a log that refuses a search', () => ['rekor', 'search', '--sha', 'a'.repeat(64), ...refused]],
    ['a log that refuses an address', () => ['rekor', 'search', '--email', 'dev@acme.example', ...refused]],
    ['a log that refuses to be watched', () => ['rekor', 'watch', ref, '--state', join(folder, 'no'), ...refused]],
    ['a watched log that answers nonsense', () => ['rekor', 'watch', ref, '--state', join(folder, 'other'), ...log]],
  ])('%s', async (_, argv) => {
    expect((await run(argv())).code).toBe(14);
  });
});

describe('what was typed, or stands in a file that was named, is 2 with one line', () => {
  it.each<Row>([
    ['a trusted root that is not there, to inspect', () => ['inspect', ref, '--trusted-root', gone]],
    ['a trusted root that is not there, to verify', () => ['verify', ref, ...signer, '--trusted-root', gone]],
    ['a trusted root that is not there, to track', () => ['rekor', 'track', ref, '--trusted-root', gone]],
    ['a trusted root that is a directory', () => ['verify', ref, ...signer, '--trusted-root', directory]],
    ['a trusted root that is not JSON', () => ['inspect', ref, '--trusted-root', garbage]],
    ['a directory that is not a layout, to verify', () => ['verify', `oci:${directory}`, ...signer, ...root]],
    ['a directory that is not a layout, to inspect', () => ['inspect', `oci:${directory}`, ...root]],
    ['a directory that is not a layout, for a tree', () => ['tree', `oci:${directory}`]],
    ['a directory that is not a layout, to triangulate', () => ['triangulate', `oci:${directory}`]],
    ['a directory that is not a layout, for its manifest', () => ['manifest', `oci:${directory}`]],
    ['a file that is not a tar archive, for its manifest', () => ['manifest', `oci-archive:${garbage}`]],
    ['a root of TUF that is not there', () => ['inspect', ref, '--tuf-mirror', DOWN, '--tuf-root', gone]],
    ['a root of TUF that is not JSON', () => ['verify', ref, ...signer, '--tuf-mirror', DOWN, '--tuf-root', garbage]],
    ['a root of TUF that is something else', () => ['inspect', ref, '--tuf-mirror', DOWN, '--tuf-root', emptyObject]],
    ['a mirror that is not a URL', () => ['inspect', ref, '--tuf-mirror', 'nope', '--tuf-root', tufRoot]],
    ['a file of claims that is a directory', () => ['claims', directory]],
    ['a bundle that is not JSON', () => ['claims', write('bundle', '{nope')]],
    ['a capsule that is there already', () => ['verify', DOWN_IMAGE, ...signer, ...root, '--capsule', garbage]],
    ['a capsule that is a directory', () => ['verify', DOWN_IMAGE, ...signer, ...root, '--capsule', directory]],
    [
      'a capsule in a folder that is not there',
      () => ['verify', DOWN_IMAGE, ...signer, ...root, '--capsule', join(gone, 'x')],
    ],
    ['a capsule below a file', () => ['verify', DOWN_IMAGE, ...signer, ...root, '--capsule', join(garbage, 'x')]],
    ['a capsule that is not there', () => ['replay', gone]],
    ['a capsule that is not one', () => ['replay', emptyObject]],
    ['a key that is not there', () => ['verify', ref, '--key', gone, ...root]],
    ['a log’s key that is not one', () => ['rekor', 'get', '1', '--rekor-public-key', garbage]],
    ['a saved entry that is not one', () => ['rekor', 'verify', emptyObject]],
    ['a key to search for that is not one', () => ['rekor', 'search', '--public-key', garbage, ...log]],
    ['a timeline of one tag', () => ['rekor', 'timeline', ref, ...root]],
    ['a timeline of a malformed name', () => ['rekor', 'timeline', 'UPPER/app', '--tag', 'v1', ...root]],
    ['a state that is a file', () => ['rekor', 'watch', ref, '--state', garbage, ...log]],
    ['an interval that is not a time', () => ['rekor', 'watch', ref, '--state', gone, '--interval', 'x', ...log]],
    ['a flag that does not exist', () => ['inspect', ref, '--nope']],
  ])('%s', async (_, argv) => {
    const { code, stderr } = await run(argv());
    expect([code, stderr.trim().split('\n')]).toEqual([2, [expect.any(String)]]);
  });

  it('says which flag holds the interval', async () => {
    const { stderr } = await run(['rekor', 'watch', ref, '--state', gone, '--interval', 'x', ...log]);
    expect(stderr).toContain('--interval expects a duration');
  });
});

describe('the trusted root of a log command', () => {
  it('is the embedded one by default', async () => {
    const { stderr } = await run(['rekor', 'get', '1', '--rekor-url', DOWN, '-t', '2s']);
    expect(stderr).toContain('ECONNREFUSED');
  });
});
