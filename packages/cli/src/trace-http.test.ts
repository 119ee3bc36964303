import { fileURLToPath } from 'node:url';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startRegistry({ access: { kind: 'basic', username: 'alice', password: 's3cret' } });
  registry.loadLayout('acme/app', `${images}legacy-keyless-github/layout`);
});
afterEach(async () => registry.close());

async function verify(...flags: readonly string[]): Promise<string> {
  let stderr = '';
  const signer = ['--certificate-identity=a@b.test', '--certificate-oidc-issuer=https://issuer.test'];
  const login = ['--registry-username=alice', '--registry-password=s3cret'];
  const words = ['verify', `${registry.host}/acme/app:v1`, ...signer, ...login, ...flags];
  await main(words, { stdout: () => undefined, stderr: (text) => void (stderr += text) });
  return stderr;
}

describe('-v of a command that prints all it knows', () => {
  it.each(['manifest', 'triangulate', 'tree', 'download signature', 'rekor timeline'])(
    'tells every request: %s',
    async (name) => {
      const open = await startRegistry();
      open.loadLayout('acme/app', `${images}legacy-keyless-github/layout`);
      const image = `${open.host}/acme/app${name === 'rekor timeline' ? '' : ':v1'}`;
      const ask = async (...flags: readonly string[]): Promise<string> => {
        let stderr = '';
        const words = [...name.split(' '), image, ...flags];
        await main(words, { stdout: () => undefined, stderr: (text) => void (stderr += text), bytes: () => undefined });
        return stderr;
      };
      const log = name.startsWith('rekor') ? ['--rekor-url', `http://${open.host}`] : [];
      expect(await ask(...log)).not.toMatch(/^[→←]/m);
      expect(await ask('-v', ...log)).toMatch(
        /^→ \d+ (?:HEAD|GET) http:\/\/127\.0\.0\.1:\d+\/v2\/acme\/app\/[^]*^← \d+ 200, /m,
      );
      await open.close();
    },
  );
});

describe('-v -v', () => {
  it.each([[['-v', '-v']], [['-vv']], [['--verbose', '--verbose']]])(
    'tells every request and its answer, without secrets: %j',
    async (flags) => {
      const text = await verify(...flags);
      expect(text).toMatch(/^→ \d+ (?:HEAD|GET) http:\/\/127\.0\.0\.1:\d+\/v2\/acme\/app\/manifests\/v1$/m);
      expect(text).toMatch(/^← \d+ 200, \d+ bytes, \d+ ms$/m);
      const starts = text.match(/^→ /gm)?.length ?? 0;
      expect([starts > 3, text.match(/^← /gm)?.length]).toEqual([true, starts]);
      expect(text).not.toContain('s3cret');
      expect(text.toLowerCase()).not.toContain('authorization');
    },
  );

  it.each([[['-v']], [['--verbose', '--verbose=false']], [[]]])(
    'is asked for by two of them: not by %j',
    async (flags) => {
      await verify('-vv');
      expect(await verify(...flags)).not.toMatch(/^[→←]/m);
    },
  );
});
