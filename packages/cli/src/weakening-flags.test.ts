import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createProgram, main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const image = `oci:${images}legacy-keyless-github/layout:v1`;
const identity = ['--certificate-identity=x', '--certificate-oidc-issuer=https://y.test'];

const program = await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined);
const verify = program.commands.find((command) => command.name() === 'verify');
const weakening = (verify?.options ?? [])
  .filter(({ description }) => description.startsWith('weakens: '))
  .flatMap(({ long }) => long ?? []);

/** What a flag can't be given without. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  '--allow-certificate-chain': [`--trusted-root=${images}trusted_root.json`],
  '--accept-attestation-manifests': ['--platform=each'],
  '--inherit': ['--platform=each'],
};

it('finds the flags by their help', () => {
  expect(weakening).toContain('--insecure-ignore-tlog');
  expect(weakening.length).toBeGreaterThan(7);
});

// An unpinned key has to be fetched before there is anything to warn of: key-source.test.ts.
it.each(weakening.filter((flag) => flag !== '--insecure-unpinned-key'))(
  '%s prints one warning that names it',
  async (flag) => {
    let stderr = '';
    const argv = ['verify', image, ...identity, flag, ...(BESIDE[flag] ?? [])];
    await main(argv, { stdout: () => undefined, stderr: (text) => void (stderr += text) });
    const warnings = stderr.split('\n').filter((line) => line.startsWith('warning: '));
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^warning: ${flag}[: ]`))]);
  },
);
