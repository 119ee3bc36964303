import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digestOf, type FakeRegistry, indexOf, MEDIA_TYPE, startRegistry } from '@sigtrail/testing';
import { TriangulationSchema } from 'sigtrail/triangulate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
let registry: FakeRegistry;
let digest: string;
let reference: string;
beforeEach(async () => {
  registry = await startRegistry();
  digest = registry.loadLayout('acme/app', `${images}legacy-keyless-github/layout`).root ?? '';
  reference = `${registry.host}/acme/app:v1`;
});
afterEach(async () => registry.close());

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[];
}
interface Signatures {
  readonly layers: readonly { readonly digest: string }[];
}

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}
const attachReport = (): string =>
  registry.attachReferrer('acme/app', digest, {
    artifactType: 'application/vnd.acme.report',
    layers: [{ bytes: Buffer.from('report'), mediaType: 'text/plain' }],
  });

describe('sigtrail triangulate', () => {
  it.each([
    ['signature', ':', '.sig'],
    ['attestation', ':', '.att'],
    ['sbom', ':', '.sbom'],
    ['digest', '@', ''],
  ])('prints the line of cosign triangulate --type %s', async (type, separator, ending) => {
    const name = separator === ':' ? digest.replace(':', '-') : digest;
    const line = `${registry.host}/acme/app${separator}${name}${ending}\n`;
    for (const argv of [
      ['--type', type],
      ['--format', 'cosign', '--type', type],
    ])
      expect(await run('triangulate', ...argv, reference)).toEqual({ code: 0, stdout: line, stderr: '' });
  });

  it('prints the signature’s line by default, with one request for a tag and none for a digest', async () => {
    const { stdout } = await run('triangulate', '--format', 'cosign', reference);
    expect(stdout).toBe(`${registry.host}/acme/app:${digest.replace(':', '-')}.sig\n`);
    expect(registry.requests).toHaveLength(1);
    const pinned = await run('triangulate', '--format', 'cosign', `ubuntu@${digest}`);
    expect(pinned.stdout).toBe(`index.docker.io/library/ubuntu:${digest.replace(':', '-')}.sig\n`);
    expect(registry.requests).toHaveLength(1);
  });

  it('takes a prefix, and another repository from the flag or from COSIGN_REPOSITORY', async () => {
    const name = `team-${digest.replace(':', '-')}.sig\n`;
    const prefix = ['--type', 'signature', '--attachment-tag-prefix', 'team-'];
    const flagged = await run('triangulate', ...prefix, '--attachment-repository', 'ghcr.io/acme/store', reference);
    expect(flagged.stdout).toBe(`ghcr.io/acme/store:${name}`);
    process.env['COSIGN_REPOSITORY'] = 'ghcr.io/acme/other';
    try {
      expect((await run('triangulate', ...prefix, reference)).stdout).toBe(`ghcr.io/acme/other:${name}`);
    } finally {
      delete process.env['COSIGN_REPOSITORY'];
    }
  });

  it('shows people a tree, where it looked and what was certain', async () => {
    attachReport();
    const { code, stdout } = await run('triangulate', reference);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(`${registry.host}/acme/app@${digest}`);
    expect(stdout).toMatch(/├─ cosign-signature {2}by tag sha256-[0-9a-f]{64}\.sig {2}sha256:[0-9a-f]{64}/);
    expect(stdout).toMatch(
      /└─ unknown-referrer {2}by referrers-api {2}sha256:[0-9a-f]{64} {2}application\/vnd\.acme\.report/,
    );
    expect(stdout).toMatch(/ {2}absent {6}fallback-tag/);
    expect(stdout).toMatch(/6 requests in 2 dependent steps\nevery place answered/);
  });

  it('follows an index on request', async () => {
    const child = { mediaType: MEDIA_TYPE.manifest, digest, size: 1, platform: { os: 'linux', architecture: 'amd64' } };
    registry.putManifest('acme/app', indexOf([child]), MEDIA_TYPE.index, 'multi');
    const index = `${registry.host}/acme/app:multi`;
    expect((await run('triangulate', index)).stdout).toMatch(/└─ linux\/amd64 sha256:[0-9a-f]{64} \(not looked at\)/);
    for (const platform of ['each', 'linux/amd64'])
      expect((await run('triangulate', '--platform', platform, index)).stdout).toMatch(
        /└─ linux\/amd64 sha256:[0-9a-f]{64}\n {5}cosign-signature/,
      );
    expect((await run('triangulate', '--platform', 'linux/s390x', index)).code).toBe(11);
  });

  it('gives programs the graph', async () => {
    const { stdout } = await run('triangulate', '--format', 'json', reference);
    const graph = TriangulationSchema.parse(JSON.parse(stdout));
    expect(graph.finds.map(({ kind }) => kind)).toEqual(['cosign-signature']);
  });

  it('ends with 14 and names what could not be read', async () => {
    registry.fail({ route: 'referrers', fault: { kind: 'status', status: 429, retryAfter: 3600 } });
    const { code, stdout } = await run('triangulate', reference);
    expect(code).toBe(14);
    expect(stdout).toMatch(/unknown {5}referrers-api .*\[rate-limited\].*\(retry after 3600000 ms\)/);
    expect(stdout).toContain('nothing is known to be absent');
  });

  it('shows no control character of a stranger', async () => {
    registry.attachReferrer('acme/app', digest, { artifactType: 'a\u001b[31m/\u202eb', layers: [] });
    for (const argv of [['triangulate'], ['tree'], ['triangulate', '--format', 'json']]) {
      const { stdout } = await run(...argv, reference);
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });

  it.each<readonly string[]>([
    ['--format', 'yaml'],
    ['--type', 'bundle'],
    ['--type', 'sbom', '--format', 'json'],
    ['--type', 'sbom', '--platform', 'each'],
    ['--platform', 'amd64'],
    ['--platform', ''],
    ['--attachment-tag-prefix', '../'],
    ['--attachment-repository', ''],
    ['--attachment-repository', 'ghcr.io/acme/store:tag'],
    ['--timeout', 'soon'],
  ])('refuses %s %s with one line', async (...argv) => {
    const { code, stdout, stderr } = await run('triangulate', ...argv, reference);
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
  });

  it('is 11 for an image that isn’t there', async () => {
    for (const argv of [
      ['--format', 'cosign'],
      ['--format', 'tree'],
    ])
      expect((await run('triangulate', ...argv, `${registry.host}/acme/app:gone`)).code).toBe(11);
  });
});

describe('sigtrail tree', () => {
  it('prints what cosign tree prints, referrers of other kinds and their layers too', async () => {
    const report = attachReport();
    const { manifests } = JSON.parse(readFileSync(`${images}legacy-keyless-github/layout/index.json`, 'utf8')) as Index;
    const tag = `${digest.replace(':', '-')}.sig`;
    const entry = manifests.find(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === tag);
    const file = `${images}legacy-keyless-github/layout/blobs/${entry?.digest.replace(':', '/') ?? ''}`;
    const { layers } = JSON.parse(readFileSync(file, 'utf8')) as Signatures;
    expect(await run('tree', '--experimental-oci11', reference)).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        `📦 Supply Chain Security Related artifacts for an image: ${reference}`,
        `└── 🔐 Signatures for an image tag: ${registry.host}/acme/app:${tag}`,
        `   └── 🍒 ${layers[0]?.digest ?? ''}`,
        `└── 🔗 application/vnd.acme.report artifacts via OCI referrer: ${registry.host}/acme/app@${report}`,
        `   └── 🍒 ${digestOf(Buffer.from('report'))}`,
        '',
      ].join('\n'),
    });
  });

  it('says that there is nothing, in cosign’s words', async () => {
    registry.remove('acme/app', `${digest.replace(':', '-')}.sig`);
    expect((await run('tree', reference)).stdout).toContain('No Supply Chain Security Related Artifacts found');
  });

  it('ends with 14 where cosign would show less and say nothing', async () => {
    registry.fail({ route: 'fallback-tag', fault: { kind: 'status', status: 403 } });
    const { code, stderr } = await run('tree', reference);
    expect([code, stderr.startsWith('could not be read: fallback-tag')]).toEqual([14, true]);
  });
});
