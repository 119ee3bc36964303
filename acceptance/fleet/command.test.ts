import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '@sigtrail/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

const bin = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url));

describe.skipIf(!hasRedis())(
  'sigtrail fleet, as docs/fleet.md shows it (skipped where redis-server is not installed)',
  () => {
    let server: RedisServer;
    let world: FleetWorld;
    let worker: ChildProcess;
    const folder = mkdtempSync(join(tmpdir(), 'sigtrail-fleet-'));
    const at = (name: string): string => join(folder, name);
    beforeAll(async () => {
      [server, world] = await Promise.all([startRedis(), createWorld(100)]);
      writeFileSync(at('fleet.key'), Buffer.from(world.key).toString('base64'));
      writeFileSync(at('root.json'), world.trustJson);
      writeFileSync(at('images.txt'), world.images.map(({ reference }) => reference).join('\n'));
      writeFileSync(
        at('sigtrail.yaml'),
        `version: 1
images:
  - match: '**'
    policy:
      signedBy: { issuer: https://accounts.google.com, subject: dev@acme.test }
`,
      );
      worker = spawn(
        process.execPath,
        ['--conditions=@sigtrail/source', bin, 'fleet', 'worker', ...map(), ...fleet()],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      if (worker.stderr !== null) await once(worker.stderr, 'data');
    }, 60_000);
    afterAll(async () => {
      worker.kill('SIGTERM');
      await Promise.all([server.stop(), world.registry.close()]);
      rmSync(folder, { recursive: true });
    });

    const map = (): readonly string[] => ['--policy-map', at('sigtrail.yaml'), '--trusted-root', at('root.json')];
    const fleet = (): readonly string[] => ['--redis', server.url, '--fleet-key', at('fleet.key')];

    async function run(
      ...argv: readonly string[]
    ): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
      let text = '';
      const code = await main(['fleet', ...argv], { stdout: (part) => void (text += part), stderr: () => undefined });
      return { code, lines: text.split('\n').filter((line) => line !== '') };
    }
    const verdictsIn = (lines: readonly string[]): readonly string[] =>
      lines.map((line) => (JSON.parse(line) as { readonly verdict: string }).verdict);

    it('scans a hundred images, on the workers as in one process', async () => {
      const list = ['scan', at('images.txt'), ...map(), '--output', 'json'];
      const [alone, asked] = [await run(...list), await run(...list, ...fleet())];
      expect(asked.code).toBe(alone.code);
      expect(asked.lines.length).toBe(100);
      expect(verdictsIn(asked.lines)).toEqual(world.images.map(({ verdict }) => verdict));
      expect(verdictsIn(alone.lines)).toEqual(verdictsIn(asked.lines));
    });

    it('shows the queues and the workers', async () => {
      const { code, lines } = await run('status', ...fleet());
      expect(code).toBe(0);
      expect(lines).toEqual([
        expect.stringContaining('waiting'),
        expect.stringMatching(/^ +0 +0 +0 +0 +0$/),
        '1 worker',
      ]);
    });

    it('stops in peace', async () => {
      const gone = once(worker, 'exit');
      worker.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
    });
  },
);
