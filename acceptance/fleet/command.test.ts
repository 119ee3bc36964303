import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '@sigtrail/cli';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUEUE, queuePrefix } from '../../packages/fleet/src/connection.ts';
import { freePort } from '../real/free-port.ts';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

const bin = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url));

describe.skipIf(!hasRedis())(
  'sigtrail fleet, as docs/fleet.md shows it (skipped where redis-server is not installed)',
  () => {
    let server: RedisServer;
    let world: FleetWorld;
    let worker: ChildProcess;
    let port: number;
    let said = '';
    const folder = mkdtempSync(join(tmpdir(), 'sigtrail-fleet-'));
    const at = (name: string): string => join(folder, name);
    beforeAll(async () => {
      [server, world, port] = await Promise.all([startRedis(), createWorld(100), freePort()]);
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
        ['--conditions=@sigtrail/source', bin, 'fleet', 'worker', ...map(), ...fleet(), '--metrics-port', String(port)],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      if (worker.stderr !== null) said = String(await once(worker.stderr, 'data'));
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

    it.each(['text', 'json'])('shows nothing that a terminal would obey, whatever Redis says: %s', async (format) => {
      const queue = new Queue(QUEUE, { connection: { url: server.url }, prefix: queuePrefix('sigtrail', 0) });
      const jobId = 'forged\u009b2J\u202e';
      await queue.add('image', {}, { jobId });
      const job = () => queue.getJob(jobId);
      try {
        await expect.poll(async () => (await job())?.failedReason).toContain('malformed');
        const { lines } = await run('status', ...fleet(), '--output', format);
        expect(lines.join('')).toContain('forged\\u009b2J\\u202e');
        expect(lines.join('')).not.toMatch(/[\u009b\u202e]/);
      } finally {
        await (await job())?.remove();
        await queue.close();
      }
    });

    it('shows them again and again on a terminal, until it is told to stop', async () => {
      const drawn: string[] = [];
      const before = new Set(process.listeners('SIGINT'));
      const watching = main(['fleet', 'status', ...fleet()], {
        stdout: (text) => void drawn.push(text),
        stderr: () => undefined,
        terminal: { stdout: { columns: 80 } },
      });
      await expect.poll(() => drawn.length, { timeout: 30_000 }).toBeGreaterThan(1);
      for (const listener of process.listeners('SIGINT')) if (!before.has(listener)) listener('SIGINT');
      expect(await watching).toBe(0);
      expect(drawn[0]).toMatch(/^ +queue +waiting.*\n +0 +0 +0 +0 +0\n1 worker\n$/);
      expect(drawn[1]).toBe(`\u001b[3A\u001b[J${drawn[0] ?? ''}`);
    });

    it('measures the worker for Prometheus', async () => {
      const url = `http://127.0.0.1:${String(port)}/metrics`;
      expect(said).toBe(`working; metrics are at ${url}\n`);
      const text = await (await fetch(url)).text();
      const value = (name: string): number => {
        const line = text.split('\n').find((one) => one.startsWith(`sigtrail_fleet_${name} `));
        return Number(line?.split(' ')[1] ?? expect.fail(`no ${name} in ${text}`));
      };
      const verified = world.images.filter(({ verdict }) => verdict === 'verified').length;
      expect(value('answers_total{verdict="verified",code="verified"}')).toBe(verified);
      expect(value('answers_total{verdict="rejected",code="unsigned"}')).toBeGreaterThan(10);
      expect(value('answers_total{verdict="rejected",code="no-match"}')).toBeGreaterThan(5);
      expect(value('question_seconds_count{verdict="verified"}')).toBe(verified);
      expect(value('stage_seconds_count{stage="discover"}')).toBeGreaterThanOrEqual(100);
      expect(value(`registry_requests_total{registry="${world.registry.host}",status="2xx"}`)).toBeGreaterThan(200);
      expect(value(`registry_wait_seconds_count{registry="${world.registry.host}"}`)).toBeGreaterThan(200);
      expect(value('redis_commands_total')).toBeGreaterThan(100);
      expect(value('jobs{queue="0",state="waiting"}')).toBe(0);
      expect([value('workers'), value('redis_up')]).toEqual([1, 1]);
      expect(text).not.toContain(Buffer.from(world.key).toString('base64'));
    });

    it.each(['text', 'jsonl', 'markdown', 'html'])(
      'writes the scan of a fleet as that of one process: %s',
      async (format) => {
        const list = ['scan', at('images.txt'), ...map(), '--output', format];
        const [alone, asked] = [await run(...list), await run(...list, ...fleet())];
        expect([alone.code, asked.code]).toEqual([12, 12]);
        expect(asked.lines.length).toBe(alone.lines.length);
        const named = world.images.filter(({ pinned }) =>
          asked.lines.some((line) => line.includes(pinned.split('@')[1]?.slice(7, 19) ?? '!')),
        );
        expect(named.length).toBe(world.images.length);
        if (format === 'html') expect(asked.lines[0]).toMatch(/^<!doctype html>/i);
      },
    );

    it('scans whenever it is due, until it is told to stop', async () => {
      writeFileSync(
        at('three.txt'),
        world.images
          .slice(0, 3)
          .map(({ reference }) => reference)
          .join('\n'),
      );
      const scan = ['scan', at('three.txt'), '--every', '* * * * * *', '--scan', 'each-second', '--output', 'json'];
      const asker = spawn(
        process.execPath,
        ['--conditions=@sigtrail/source', bin, 'fleet', ...scan, ...map(), ...fleet()],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      let printed = '';
      asker.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
      let told = '';
      asker.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
      await expect.poll(() => printed.split('\n').length).toBeGreaterThan(6);
      await expect.poll(() => told).toMatch(/^each-second \S+Z: exit code 10$/m);
      const gone = once(asker, 'exit');
      asker.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
      const verdicts = verdictsIn(printed.split('\n').slice(0, 6));
      expect(verdicts.toSorted()).toEqual(['rejected', 'rejected', 'verified', 'verified', 'verified', 'verified']);
    });

    it.each([
      ['--every', '0 3 * * *'],
      ['--from-stores', undefined],
    ])('needs what %s needs', async (flag, value) => {
      const list = ['scan', at('images.txt'), ...map(), flag, ...(value === undefined ? [] : [value])];
      expect(await run(...list)).toEqual({ code: 2, lines: [] });
    });

    it('asks no registry with --from-stores, and decides nothing of what no worker kept', async () => {
      const before = world.registry.requests.length;
      const { code, lines } = await run(
        'scan',
        at('images.txt'),
        ...map(),
        ...fleet(),
        '--from-stores',
        '--output',
        'json',
      );
      expect(code).toBe(14);
      expect(new Set(verdictsIn(lines))).toEqual(new Set(['indeterminate']));
      expect(world.registry.requests.length).toBe(before);
    });

    it('stops in peace', async () => {
      const gone = once(worker, 'exit');
      worker.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
    });
  },
);
