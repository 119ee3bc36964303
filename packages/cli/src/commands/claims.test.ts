import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bundleManifest,
  createSigstore,
  EMPTY_CONFIG,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  startRegistry,
} from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { main } from '../main.ts';

const images = fileURLToPath(new URL('../../../../examples/images/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sigtrail-claims-'));

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

function write(name: string, contents: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, contents);
  return file;
}

describe('sigtrail claims', () => {
  it('shows what openssl x509 -text would be read for, of an image', async () => {
    const registry = await startRegistry();
    try {
      registry.loadLayout('acme/app', `${images}bundle-keyless-github/layout`);
      const { code, stdout } = await run(
        'claims',
        `${registry.host}/acme/app:v1`,
        '--trusted-root',
        `${images}trusted_root.json`,
      );
      expect(code).toBe(0);
      expect(stdout).toMatch(/^sigstore-bundle \S+: proven\n/);
      for (const line of [
        /^name +uri https:\/\/github\.com\/acme\/widgets\/\.github\/workflows\/release\.yml@refs\/tags\/v1\.2\.3$/m,
        /^issuer +http:\/\/127\.0\.0\.1:5803\/github$/m,
        // Another issuer's certificate is no GitHub certificate, whatever its names look like.
        /^provider +generic \(pipeline\)$/m,
        /^ {2}repository +acme\/widgets$/m,
        /^ {2}sourceRepositoryIdentifier +1001$/m,
        /^ {2}key +ec P-256$/m,
        /^ {2}usage +code signing$/m,
        /^ {2}critical +.*2\.5\.29\.17/m,
        /^ {2}sct +\d{4}-/m,
      ])
        expect(stdout).toMatch(line);
      const json = await run(
        'claims',
        `${registry.host}/acme/app:v1`,
        '--trusted-root',
        `${images}trusted_root.json`,
        '-o',
        'json',
      );
      expect(JSON.parse(json.stdout)).toMatchObject([
        {
          trust: 'proven',
          certificate: { claims: { buildTrigger: 'push' } },
          identity: { commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string },
        },
      ]);
    } finally {
      await registry.close();
    }
  });

  it('says of an image’s signature what a default policy misses', async () => {
    const registry = await startRegistry();
    try {
      const sigstore = await createSigstore();
      const trustedRoot = write('root.json', JSON.stringify(sigstore.trustedRoot()));
      for (const [scts, first] of [
        ['none', /^sigstore-bundle \S+: unverified \(sct-missing\)$/m],
        [undefined, /^sigstore-bundle \S+: proven$/m],
      ] as const) {
        const name = `acme/${scts ?? 'whole'}`;
        const bytes = manifestOf(EMPTY_CONFIG, []);
        registry.putBlob(name, EMPTY_CONFIG.bytes);
        const imageDigest = registry.putManifest(name, bytes, MEDIA_TYPE.manifest, 'v1') as `sha256:${string}`;
        const signer = await sigstore.issueCertificate(scts === undefined ? {} : { scts });
        const bundle = sigstore.signBundle({ statement: { imageDigest }, signer });
        const subject = { mediaType: MEDIA_TYPE.manifest, digest: imageDigest, size: bytes.length };
        pushManifest(registry, name, bundleManifest(bundle, subject));
        const argv = ['claims', `${registry.host}/${name}:v1`, '--trusted-root', trustedRoot];
        const { code, stdout } = await run(...argv);
        expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(first)]);
        const json = JSON.parse((await run(...argv, '-o', 'json')).stdout) as readonly unknown[];
        expect(json).toMatchObject([
          scts === undefined ? { trust: 'proven' } : { trust: 'unverified', because: ['sct-missing'] },
        ]);
        const inspected = await run('inspect', ...argv.slice(1));
        expect(inspected.stdout.includes('missing    sct-missing: ')).toBe(scts === 'none');
        expect(inspected.stdout.includes('sigstore-bundle proven')).toBe(scts === undefined);
      }
    } finally {
      await registry.close();
    }
  });

  it('reads PEM, DER and bundles, unverified', async () => {
    const sigstore = await createSigstore();
    const signer = await sigstore.issueCertificate();
    const bundle = sigstore.signBundle({ content: 'message', artifact: Buffer.from('x'), signer });
    for (const file of [
      write('leaf.pem', signer.pem),
      write('leaf.der', signer.der),
      write('app.sigstore.json', JSON.stringify(bundle)),
    ]) {
      const { code, stdout } = await run('claims', file);
      expect([code, stdout.split('\n')[0]]).toEqual([0, `${file}: unverified`]);
      expect(stdout).toMatch(/^provider +github-actions \(pipeline\)$/m);
    }
  });

  it('reads the bundles of JSON lines, each one', async () => {
    const sigstore = await createSigstore();
    const signer = await sigstore.issueCertificate();
    const bundle = JSON.stringify(sigstore.signBundle({ content: 'message', artifact: Buffer.from('x'), signer }));
    const { code, stdout } = await run('claims', write('two.jsonl', `${bundle}\n${bundle}\n`), '-o', 'json');
    expect([code, (JSON.parse(stdout) as readonly object[]).length]).toEqual([0, 2]);
    const { code: refused, stderr } = await run('claims', write('bad.jsonl', `${bundle}\n{"a" 1}\n`));
    expect([refused, stderr]).toEqual([2, expect.stringContaining('bad.jsonl, line 2 is not JSON')]);
  });

  it('prints a hostile certificate harmlessly, in both formats', async () => {
    const sigstore = await createSigstore();
    const hostile =
      'Release\n\u001b[2J\u001b]0;pwned\u0007\u009b31m\u202egnp.exe\u2066\r\nissuer  https://trusted.example\u{e0041}';
    const { pem } = await sigstore.issueCertificate({
      claims: {
        '1.3.6.1.4.1.57264.1.4': hostile,
        '1.3.6.1.4.1.57264.1.12': hostile,
        '1.3.6.1.4.1.57264.1.99': hostile,
      },
      san: [{ kind: 'uri', value: 'https://github.com/acme/app' }],
    });
    const file = write('hostile.pem', pem);
    for (const output of ['text', 'json']) {
      const { code, stdout, stderr } = await run('claims', file, '-o', output);
      expect(code).toBe(0);
      expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      if (output === 'text') expect(stdout.split('\n').filter((line) => line.startsWith('issuer'))).toHaveLength(1);
      else expect(JSON.parse(stdout)).toMatchObject([{ certificate: { claims: { githubWorkflowName: hostile } } }]);
    }
  });

  it.each([
    ['no certificate', 'not a certificate', 2],
    ['a bundle with a key', '{"verificationMaterial":{"publicKey":{"hint":"x"}}}', 2],
  ])('refuses %s with one line', async (_what, contents, expected) => {
    const { code, stderr, stdout } = await run('claims', write('bad', contents));
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([expected, '', 1]);
  });
});
