import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// The command as a process of its own: what happens to its streams can't be seen from inside.
const bin = fileURLToPath(new URL('bin.ts', import.meta.url));
const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const words = [
  'verify',
  `oci:${images}legacy-keyless-github/layout:v1`,
  `--trusted-root=${images}trusted_root.json`,
  '--certificate-oidc-issuer=http://127.0.0.1:5803/github',
];
const signer = 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3';
const verified = [...words, '--certificate-identity', signer];
const refused = [...words, '--certificate-identity', 'mallory@evil.test'];

type Place = 'pipe' | 'closed pipe' | '/dev/full';

/** Runs the command with its output going to these places. */
async function run(
  argv: readonly string[],
  { stdout, stderr }: { readonly stdout: Place; readonly stderr: Place },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const full = openSync('/dev/full', 'w');
  const toStdio = (place: Place): 'pipe' | number => (place === '/dev/full' ? full : 'pipe');
  const child = spawn(process.execPath, ['--conditions=@sigtrail/source', bin, ...argv], {
    stdio: ['ignore', toStdio(stdout), toStdio(stderr)],
  });
  closeSync(full);
  if (stdout === 'closed pipe') child.stdout?.destroy();
  if (stderr === 'closed pipe') child.stderr?.destroy();
  const read = async (stream: typeof child.stdout, place: Place): Promise<string> =>
    stream === null || place !== 'pipe' ? '' : text(stream);
  const [out, err, [code]] = await Promise.all([
    read(child.stdout, stdout),
    read(child.stderr, stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, stdout: out, stderr: err };
}

describe('a stream that takes nothing more', () => {
  it.each(['closed pipe', '/dev/full'] as const)('as standard error (%s) changes no verdict', async (stderr) => {
    const warned = ['--insecure-ignore-tlog'];
    expect(await run([...verified, ...warned], { stdout: 'pipe', stderr })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('VERIFIED'),
    });
    expect((await run([...refused, ...warned], { stdout: 'pipe', stderr })).code).toBe(12);
  });

  it('as standard output that is closed early leaves the exit code as it is', async () => {
    expect(await run(verified, { stdout: 'closed pipe', stderr: 'pipe' })).toMatchObject({ code: 0, stderr: '' });
    expect((await run(refused, { stdout: 'closed pipe', stderr: 'pipe' })).code).toBe(12);
  });

  it.each([[[]], [['-o', 'json']]])('as a full disk is one line, and no success (%j)', async (output) => {
    expect(await run([...verified, ...output], { stdout: '/dev/full', stderr: 'pipe' })).toEqual({
      code: 14,
      stdout: '',
      stderr: expect.stringMatching(
        /^(?:note: [^\n]*\n)?(?:VERIFIED[^]*\n)?sigtrail: could not write to standard output \(ENOSPC\)\n$/,
      ),
    });
    expect((await run([...refused, ...output], { stdout: '/dev/full', stderr: 'pipe' })).code).toBe(12);
  });

  it('as both together is no success either', async () => {
    expect((await run(verified, { stdout: '/dev/full', stderr: '/dev/full' })).code).toBe(14);
  });
});
