import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { main } from '../main.ts';

const images = fileURLToPath(new URL('../../../../examples/images/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sigtrail-policy-'));
const SUBJECT = 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3';

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

function write(name: string, contents: string): string {
  const file = join(folder, name);
  writeFileSync(file, contents);
  return file;
}

const good = `version: 1\nsignedBy:\n  issuer: http://127.0.0.1:5803/github\n  subject: ${SUBJECT}\n`;

describe('sigtrail verify --policy', () => {
  it.each([
    ['map.yaml', 'images:\n  - ghcr.io/acme/**: policy.yaml\n'],
    ['map.json', '{"images": [{"ghcr.io/acme/**": "policy.yaml"}]}'],
    ['later.json', '{"version": 1, "images": []}'],
  ])('says that %s is a policy map, and which command reads it', async (name, contents) => {
    const file = write(name, contents);
    for (const command of ['verify', 'verify-attestation']) {
      const { code, stderr } = await run(command, '127.0.0.1:1/acme/app:v1', '--policy', file);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`sigtrail gate FILE --policy-map ${file}`)]);
    }
  });

  it('verifies by the file, and refuses by it', async () => {
    const registry = await startRegistry();
    try {
      registry.loadLayout('acme/app', `${images}bundle-keyless-github/layout`);
      const verify = async (file: string, ...more: readonly string[]): Promise<number> =>
        (
          await run(
            'verify',
            '--policy',
            file,
            '--trusted-root',
            `${images}trusted_root.json`,
            ...more,
            `${registry.host}/acme/app:v1`,
          )
        ).code;
      expect(await verify(write('good.yaml', good))).toBe(0);
      expect(
        await verify(
          write(
            'good.json',
            JSON.stringify({ version: 1, signedBy: { issuer: 'http://127.0.0.1:5803/github', subject: SUBJECT } }),
          ),
        ),
      ).toBe(0);
      expect(await verify(write('other.yaml', good.replace('v1.2.3', 'v1.2.4')))).toBe(12);
      expect(await verify(write('wrong.yaml', good.replace('issuer', 'isuer')))).toBe(2);
      expect(await verify(write('good.yaml', good), '--key', 'x.pub')).toBe(2);
    } finally {
      await registry.close();
    }
  });

  it('says where a mistake stands, in one line', async () => {
    const file = write('wrong.yaml', good.replace('issuer', 'isuer'));
    const { code, stderr } = await run('verify', '--policy', file, 'app:v1');
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain(`${file}:3:3: "signedBy.isuer" is not a known member; did you mean issuer?`);
  });
});

describe('sigtrail policy lint', () => {
  const loose = write(
    'loose.yaml',
    'version: 1\nsignedBy:\n  issuer: https://accounts.google.com\n  subject: { re2: ".*" }\n',
  );

  it('is 0 for a tight policy and 12 for one that lets strangers in', async () => {
    expect((await run('policy', 'lint', write('good.yaml', good))).code).toBe(0);
    const { code, stdout } = await run('policy', 'lint', loose);
    expect(code).toBe(12);
    expect(stdout).toContain(`${loose}:4:3: error pattern-matches-everything:`);
  });

  it('fails on what it is told to', async () => {
    const file = write('branch.yaml', good.replace('refs/tags/v1.2.3', 'refs/heads/main'));
    expect((await run('policy', 'lint', file)).code).toBe(0);
    expect((await run('policy', 'lint', file, '--fail-on', 'warning')).code).toBe(12);
    expect((await run('policy', 'lint', file, '--fail-on', 'all')).code).toBe(2);
  });

  it('writes SARIF and JSON', async () => {
    expect(JSON.parse((await run('policy', 'lint', loose, '-o', 'sarif')).stdout)).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'pattern-matches-everything' }] }],
    });
    expect(
      JSON.parse((await run('policy', 'lint', loose, '-o', 'json', '--reference', 'app:v1')).stdout),
    ).toMatchObject([{ code: 'pattern-matches-everything', line: 4, column: 3 }, { code: 'tag-reference' }]);
  });
});

describe('sigtrail policy import', () => {
  it('makes a policy file of a cosign line, which verify takes', async () => {
    const { code, stdout, stderr } = await run(
      'policy',
      'import',
      'cosign',
      '--',
      'verify',
      '--certificate-identity-regexp',
      'acme/widgets',
      '--certificate-oidc-issuer',
      'http://127.0.0.1:5803/github',
      '--offline',
      'app:v1',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('re2Search: "acme/widgets"');
    expect(stdout).toContain('# not expressed: --offline');
    expect(stderr).toContain('pattern-unanchored');
    expect((await run('policy', 'lint', write('imported.yaml', stdout))).code).toBe(12);
  });

  it('makes none when too little can be expressed', async () => {
    const { code, stdout, stderr } = await run(
      'policy',
      'import',
      'cosign',
      '--',
      'verify',
      '--key',
      'awskms:///x',
      'app:v1',
    );
    expect([code, stdout]).toEqual([12, '']);
    expect(stderr).toContain('not in the policy: --key awskms:///x');
  });

  it('imports a ClusterImagePolicy', async () => {
    const file = write(
      'cip.yaml',
      'apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: { name: x }\nspec:\n  authorities:\n    - keyless: { identities: [{ issuer: a, subject: b }] }\n',
    );
    expect((await run('policy', 'import', file, '-o', 'json')).stdout.trim()).toBe(
      JSON.stringify({ version: 1, signedBy: { issuer: 'a', subject: 'b' } }),
    );
  });

  it('names the policies of a file that holds several, and imports the one that is named', async () => {
    const one = (name: string): string =>
      `apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: { name: ${name} }\nspec:\n  authorities:\n    - keyless: { identities: [{ issuer: a, subject: of-${name} }] }\n`;
    const file = write('two.yaml', `${one('first')}---\n${one('second')}`);
    const { code, stdout, stderr } = await run('policy', 'import', file);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('holds 2 policies, each for its own images (first, second); --name picks one');
    expect((await run('policy', 'import', file, '--name', 'second')).stdout).toContain('subject: "of-second"');
    const missing = await run('policy', 'import', file, '--name', 'third');
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('no policy "third", but first, second'),
    ]);
  });

  it('says on stderr and in the file what the original asks less than we do', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = JSON.stringify(publicKey.export({ type: 'spki', format: 'pem' }));
    const { code, stdout, stderr } = await run(
      'policy',
      'import',
      write(
        'no-log.yaml',
        `apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nspec: { authorities: [{ key: { data: ${pem} } }] }\n`,
      ),
    );
    expect(code).toBe(0);
    for (const text of [stdout, stderr])
      expect(text).toContain('weakens, as the original does: spec.authorities[0].ctlog');
    expect(stdout).toContain('require:\n  log: 0');
  });

  it('makes a policy of a gh attestation verify line, and says what is not in it', async () => {
    const { code, stdout, stderr } = await run(
      'policy',
      'import',
      'gh',
      '--',
      'attestation',
      'verify',
      'oci://ghcr.io/acme/app:v1',
      '--repo',
      'acme/app',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('https://slsa.dev/provenance/v1');
    expect(stderr).toContain('not in the policy: GitHub’s attestation API');
    expect((await run('policy', 'import', 'gh', '--', 'release', 'verify', 'v1')).code).toBe(2);
  });

  it('refuses other files and words with one line', async () => {
    expect((await run('policy', 'import', write('pod.yaml', 'kind: Pod\n'))).code).toBe(2);
    expect((await run('policy', 'import', 'cosign', '--', 'sign', 'app')).code).toBe(2);
    expect((await run('policy', 'import', join(folder, 'gone.yaml'))).code).toBe(2);
  });
});
