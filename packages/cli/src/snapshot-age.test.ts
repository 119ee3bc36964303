import { fileURLToPath } from 'node:url';
import { startRegistry } from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { main } from './main.ts';

const layout = fileURLToPath(new URL('../../../examples/images/bundle-keyless-github/layout', import.meta.url));
const identity = [
  '--certificate-identity',
  'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
];
const policy = [...identity, '--certificate-oidc-issuer', 'http://127.0.0.1:5803/github'];

it.each([
  ['verify', 'text', 12],
  ['verify', 'json', 12],
  ['inspect', 'text', 0],
  ['inspect', 'json', 0],
])(
  '%s -o %s says that the authority is not in the embedded trusted root, its date, and how to refresh',
  async (command, output, expected) => {
    const registry = await startRegistry();
    registry.loadLayout('acme/app', layout);
    let said = '';
    const add = (text: string): void => void (said += text);
    try {
      const argv = [command, ...(command === 'verify' ? policy : []), '-o', output, `${registry.host}/acme/app:v1`];
      expect(await main(argv, { stdout: add, stderr: add })).toBe(expected);
    } finally {
      await registry.close();
    }
    expect(said).toMatch(
      /snapshot of \d{4}-\d{2}-\d{2} \(\d+ days old\), does not have the certificate authority, the transparency log/,
    );
    expect(said).toContain('--tuf');
  },
);
