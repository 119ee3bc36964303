import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../main.ts';

const layout = fileURLToPath(new URL('../../../../examples/images/legacy-keyless-github/layout', import.meta.url));

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  registry.loadLayout('acme/app', layout);
});
afterEach(async () => registry.close());

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(['manifest', ...argv], {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  return { code, stdout, stderr };
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('sigtrail manifest', () => {
  it('prints the bytes that the digest stands for, of a tag, a digest and a layout', async () => {
    const tagged = await run(`${registry.host}/acme/app:v1`);
    const { stdout: line } = await run('--digest', `${registry.host}/acme/app:v1`);
    const digest = line.trim();
    expect([tagged.code, sha256(tagged.stdout)]).toEqual([0, digest]);
    expect((await run(`${registry.host}/acme/app@${digest}`)).stdout).toBe(tagged.stdout);
    expect((await run(`oci:${layout}`)).stdout).toBe(tagged.stdout);
  });

  it('escapes what could command a terminal, and leaves line breaks', async () => {
    const bytes = Buffer.from(
      `{\n\t"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [],\n\t"annotations": {"x": "\u009b2J\u202e"}\n}`,
    );
    registry.putManifest('acme/app', bytes, 'application/vnd.oci.image.index.v1+json', 'hostile');
    const { stdout } = await run(`${registry.host}/acme/app:hostile`);
    expect(stdout).not.toMatch(/[\u009b\u202e]/);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(bytes.toString()));
  });

  it.each([
    ['nosuch', 11],
    ['Not A Tag', 2],
  ])('ends for the tag %j with %i', async (tag, expected) => {
    const { code, stdout, stderr } = await run(`${registry.host}/acme/app:${tag}`);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain('acme/app');
  });
});
