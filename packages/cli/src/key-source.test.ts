import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPair } from '@sigtrail/testing';
import { parsePublicKey } from 'sigtrail/policy';
import { afterEach, describe, expect, it } from 'vitest';
import { readKeySource } from './key-source.ts';

const { pem, spki, privateKey } = generateKeyPair();
const other = generateKeyPair().pem;
const { fingerprint } = parsePublicKey(pem);
const folder = mkdtempSync(join(tmpdir(), 'sigtrail-key-'));

function write(name: string, contents: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, contents);
  return file;
}

const warnings: string[] = [];
const read = async (source: string, flags: Parameters<typeof readKeySource>[1] = {}): Promise<string> =>
  (await readKeySource(source, flags, (line) => void warnings.push(line), 5000)).fingerprint;

afterEach(() => {
  warnings.length = 0;
  delete process.env['SIGTRAIL_TEST_KEY'];
});

describe('--key', () => {
  it.each<[string, string | Uint8Array]>([
    ['PEM', pem],
    ['PEM with a comment', `# cosign public key of team A\n${pem}`],
    ['PEM with headers and an empty line', `Subject: my key\n\n${pem}\nbye\n`],
    ['DER', spki],
  ])('reads a file with %s', async (_what, contents) => {
    expect(await read(write('good.pub', contents))).toBe(fingerprint);
  });

  it.each<[string, string, RegExp]>([
    [
      'two keys',
      pem + other,
      /"--key .*bad\.pub" is not a public key: it holds 2 PEM blocks \(PUBLIC KEY, PUBLIC KEY\)/,
    ],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n', /it is a certificate/],
    ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), /it is a private key/],
    ['cosign’s private key', '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n', /it is a private key/],
    ['nothing', '', /it is empty/],
    ['something else', 'hello', /holds no PEM block|canonical DER/],
  ])('names what a file holds instead: %s', async (_what, contents, message) => {
    await expect(read(write('bad.pub', contents))).rejects.toThrow(message);
  });

  it('reads env://NAME', async () => {
    await expect(read('env://SIGTRAIL_TEST_KEY')).rejects.toThrow(
      'the environment variable SIGTRAIL_TEST_KEY is not set',
    );
    process.env['SIGTRAIL_TEST_KEY'] = pem;
    expect(await read('env://SIGTRAIL_TEST_KEY')).toBe(fingerprint);
    process.env['SIGTRAIL_TEST_KEY'] = 'cosign.pub';
    await expect(read('env://SIGTRAIL_TEST_KEY')).rejects.toThrow('"cosign.pub" looks like the name of a file');
  });

  it('reads - from standard input', () => {
    const bin = fileURLToPath(new URL('bin.ts', import.meta.url));
    const layout = fileURLToPath(new URL('../../../examples/images/legacy-keyless-github/layout', import.meta.url));
    const run = (input: string): { readonly code: number | null; readonly stderr: string } => {
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--conditions=@sigtrail/source', bin, 'verify', `oci:${layout}:v1`, '--key', '-', '-o', 'json'],
        { input, encoding: 'utf8' },
      );
      return { code: status, stderr };
    };
    // It gets as far as asking whether this key signed.
    expect(run(pem).code).toBe(12);
    const refused = run(pem + other);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('"--key -" is not a public key: it holds 2 PEM blocks'),
    ]);
  });

  it.each([
    ['k8s://acme/cosign', 'kubectl get secret -n acme cosign'],
    ['awskms:///alias/release', 'cosign public-key --key awskms:///alias/release >cosign.pub'],
    ['gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k', 'Google Cloud KMS'],
    ['azurekms://vault.vault.azure.net/key', 'Azure Key Vault'],
    ['hashivault://release', 'HashiCorp Vault'],
    ['openbao://release', 'OpenBao'],
    ['gitlab://acme/app', 'env://COSIGN_PUBLIC_KEY'],
    ['file:///keys/cosign.pub', '--key /keys/cosign.pub'],
    ['s3://bucket/key', 'expected a file, - for standard input'],
  ])('says what to do instead of %s', async (source, message) => {
    await expect(read(source)).rejects.toThrow(new RegExp(message.replaceAll(/[.$+]/g, '\\$&')));
    await expect(read(source)).rejects.toThrow(expect.objectContaining({ name: 'UsageError' }) as Error);
  });
});

describe('--key from an address', () => {
  async function serve<T>(body: string, status: number, ask: (address: string) => Promise<T>): Promise<T> {
    const server = createServer((_, response) => void response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/cosign.pub`);
    } finally {
      server.close();
    }
  }

  it('needs a pin or a loud flag, before anything is asked', async () => {
    await expect(read('https://keys.acme.test/cosign.pub')).rejects.toThrow(
      /--key-fingerprint sha256:….*--insecure-unpinned-key/,
    );
  });

  it('takes the key that was pinned, and no other', async () => {
    expect(await serve(pem, 200, async (address) => read(address, { keyFingerprint: fingerprint }))).toBe(fingerprint);
    expect(warnings).toEqual([]);
    await expect(serve(other, 200, async (address) => read(address, { keyFingerprint: fingerprint }))).rejects.toThrow(
      `expected ${fingerprint}, got ${parsePublicKey(other).fingerprint}`,
    );
  });

  it('takes what comes with the loud flag, and says which key it was', async () => {
    expect(await serve(pem, 200, async (address) => read(address, { insecureUnpinnedKey: true }))).toBe(fingerprint);
    expect(warnings).toEqual([
      expect.stringMatching(/^warning: --insecure-unpinned-key: .*this time the key is sha256:/),
    ]);
  });

  it.each<[string, string, number, RegExp]>([
    ['a page', '<html>not found</html>', 404, /the server answered 404/],
    ['a page instead of a key', '<html>sign in</html>', 200, /is not a public key/],
    ['too much', 'x'.repeat(70_000), 200, /large|bytes/],
  ])('refuses %s', async (_what, body, status, message) => {
    await expect(
      serve(body, status, async (address) => read(address, { keyFingerprint: fingerprint })),
    ).rejects.toThrow(message);
  });

  it('refuses plain http from elsewhere', async () => {
    await expect(read('http://keys.acme.test/cosign.pub', { keyFingerprint: fingerprint })).rejects.toThrow(
      'expected https://',
    );
  });

  it('pins a file, too, and refuses a pin that is not one', async () => {
    const file = write('pinned.pub', pem);
    expect(await read(file, { keyFingerprint: fingerprint })).toBe(fingerprint);
    await expect(read(file, { keyFingerprint: `sha256:${'0'.repeat(64)}` })).rejects.toThrow(
      'is not the key of --key-fingerprint',
    );
    await expect(read(file, { keyFingerprint: 'abc' })).rejects.toThrow('must be sha256: and 64');
    await expect(read(file, { insecureUnpinnedKey: true })).rejects.toThrow('is for a key from https://');
  });
});
