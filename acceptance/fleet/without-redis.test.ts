import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../real/free-port.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-fleet-'));
const at = (name: string): string => join(folder, name);
let address: string;

beforeAll(async () => {
  address = `127.0.0.1:${String(await freePort())}`;
  writeFileSync(at('fleet.key'), Buffer.alloc(32, 7).toString('base64'));
  writeFileSync(at('images.txt'), 'registry.test/acme/web:v1\n');
  writeFileSync(
    at('sigtrail.yaml'),
    `version: 1
images:
  - match: '**'
    policy:
      signedBy: { issuer: https://accounts.google.com, subject: dev@acme.test }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

it.concurrent.each([
  ['status', () => []],
  ['scan', () => [at('images.txt'), '--policy-map', at('sigtrail.yaml')]],
  ['worker', () => ['--policy-map', at('sigtrail.yaml')]],
])(
  'sigtrail fleet %s ends with 14 where no Redis answers, and names the address without its password',
  async (name, own) => {
    let said = '';
    const code = await main(
      ['fleet', name, ...own(), '--redis', `redis://fleet:secret@${address}`, '--fleet-key', at('fleet.key')],
      { stdout: (text) => void (said += text), stderr: (text) => void (said += text) },
    );
    expect(code).toBe(14);
    expect(said).toContain(`no Redis answers at redis://${address} (ECONNREFUSED); is it running? [unreachable]`);
    expect(said).not.toContain('secret');
    expect(said.trim().split('\n').length).toBeLessThan(3);
  },
  60_000,
);
