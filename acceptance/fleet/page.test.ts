import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../real/free-port.ts';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { hasRedis } from './redis.ts';

// The shell lines of docs/fleet.md, from a Redis to a scan of a hundred images, as a reader copies them; and the command lines of the Compose file and the manifests.

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const page = readFileSync(here('docs/fleet.md'), 'utf8');
const [, lines = ''] = /<!-- steps -->\n\n```sh\n([^]*?)```/.exec(page) ?? [];

describe.skipIf(!hasRedis())('the page of the fleet (skipped if redis-server is not installed)', () => {
  let world: FleetWorld;
  const folder = mkdtempSync(join(tmpdir(), 'sigtrail-page-'));
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    world = await createWorld(100);
    writeFileSync(at('root.json'), world.trustJson);
    writeFileSync(at('images.txt'), world.images.map(({ reference }) => reference).join('\n'));
    const policy = JSON.stringify(world.policies['release']);
    writeFileSync(at('sigtrail.yaml'), `version: 1\nimages:\n  - match: '**'\n    policy: ${policy}\n`);
    // The reader has the command from npm, and trusts the public-good root.
    const run = `exec ${process.execPath} --conditions=@sigtrail/source ${here('packages/cli/src/bin.ts')} "$@"`;
    mkdirSync(at('bin'));
    const trust = 'case "$2" in worker | scan) set -- "$@" --trusted-root root.json ;; esac';
    writeFileSync(at('bin/npx'), `#!/bin/sh\nshift\n${trust}\n${run}\n`);
    chmodSync(at('bin/npx'), 0o755);
  }, 60_000);
  afterAll(async () => {
    await world.registry.close();
    rmSync(folder, { recursive: true });
  });

  const shell = async (script: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const env = { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`, HOME: folder };
      // What the lines leave in the background ends with the shell.
      const whole = `trap 'kill $(jobs -p)' EXIT\n${script}`;
      execFile('bash', ['-c', whole], { cwd: folder, env }, (_error, stdout, stderr) => {
        if (stdout === '') reject(new Error(stderr));
        else resolve(stdout);
      });
    });

  it('leads from two commands to a scan of a hundred images', async () => {
    const port = String(await freePort());
    const own = lines.replaceAll('6379', port).replace('redis-server ', `redis-server --port ${port} `);
    expect(own).toContain('fleet worker');
    const printed = await shell(own);
    for (const { pinned, verdict } of world.images)
      expect(printed).toMatch(new RegExp(`^${verdict} .*${pinned}\\b`, 'im'));
    expect(printed).toContain('1 worker');
  }, 120_000);

  it.each(['worker', 'nightly'])('the command line of %s in Kubernetes is one that the command takes', async (name) => {
    const { spec } = parse(readFileSync(here(`packages/fleet/kubernetes/${name}.yaml`), 'utf8'));
    const [{ args }] = spec.template.spec.containers;
    expect(await shell(`npx sigtrail ${quoted([...args, '--help'])}`)).toContain('sigtrail fleet');
  });

  it.each(['worker', 'scan'])('the command line of %s in Compose is one that the command takes', async (name) => {
    const { services } = parse(readFileSync(here('packages/fleet/compose/compose.yaml'), 'utf8'));
    expect(await shell(`npx sigtrail ${quoted([...services[name].command, '--help'])}`)).toContain('sigtrail fleet');
  });
});

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}
