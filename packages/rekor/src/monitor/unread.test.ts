import { createLog, type IssuedCertificate, generateKeyPair } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIGEST } from '../../test/watched-image.ts';
import { createWorld, type World } from '../../test/watched-log.ts';
import type { Monitor, MonitorOptions } from './monitor.ts';
import { decodeByNode } from './read-signer.ts';
import { WatchEventSchema } from './watch-event.ts';
import type { WatchRun } from './watch-run.ts';

const SUBJECT = 'victim@acme.example';
let world: World;
let watcher: Monitor;
let victim: IssuedCertificate;
beforeEach(async () => {
  world = await createWorld();
  victim = await world.sigstore.issueCertificate({ san: [{ kind: 'email', value: SUBJECT }] });
});
afterEach(async () => {
  await watcher.close();
  await world.close();
});

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');
const signature = base64('signature');
const hash = { algorithm: 'sha256', value: 'ab'.repeat(32) };
const pemOf = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${(base64(der).match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;

/** Logs this body and looks. */
async function see(body: object, options: Partial<MonitorOptions> = {}): Promise<WatchRun> {
  watcher = world.watcher({
    logs: [{ rekor: world.rekor, scan: true, from: 0 }],
    images: [],
    identities: [{ subject: SUBJECT }],
    expected: [],
    ...options,
  });
  await watcher.run();
  world.log.append(body as Parameters<World['log']['append']>[0], new Date());
  return watcher.run();
}

const dsse = (signatures: readonly object[], more: object = {}): object => ({
  apiVersion: '0.0.1',
  kind: 'dsse',
  spec: { envelopeHash: hash, payloadHash: hash, signatures, ...more },
});
const record = (content: string, more: object = {}): object => ({
  apiVersion: '0.0.1',
  kind: 'hashedrekord',
  spec: { data: { hash }, signature: { content: signature, publicKey: { content } } },
  ...more,
});

describe('a scan that meets an entry that it can’t read', () => {
  it.each([
    ['65 signatures', (pem: string) => dsse(Array.from({ length: 65 }, () => ({ signature, verifier: base64(pem) })))],
    [
      'a body of more than 1 MiB',
      (pem: string) => dsse([{ signature, verifier: base64(pem) }], { x: 'x'.repeat(2 ** 20) }),
    ],
    ['an unknown kind', (pem: string) => record(base64(pem), { kind: 'rpm' })],
    ['an unknown version', (pem: string) => record(base64(pem), { apiVersion: '9.9.9' })],
    ['a kind that is not a name', (pem: string) => record(base64(pem), { kind: 'a kind' })],
    ['broken base64', (pem: string) => record(`A${base64(pem)}`)],
    ['base64 with line breaks', (pem: string) => record(base64(pem).replaceAll(/(.{76})/g, '$1\n'))],
    ['text in front of the PEM', (pem: string) => record(base64(`Subject: me\n${pem}`))],
    [
      'bytes after the certificate',
      (pem: string) => record(base64(pemOf(Buffer.concat([derOf(pem), Buffer.from([0])])))),
    ],
    [
      'a digest that is too short',
      (pem: string) =>
        record(base64(pem), {
          spec: {
            data: { hash: { ...hash, value: 'ab' } },
            signature: { content: signature, publicKey: { content: base64(pem) } },
          },
        }),
    ],
    [
      'a SHA-1 digest',
      (pem: string) =>
        record(base64(pem), {
          spec: {
            data: { hash: { algorithm: 'sha1', value: 'ab'.repeat(20) } },
            signature: { content: signature, publicKey: { content: base64(pem) } },
          },
        }),
    ],
    ['nesting of 40 levels', (pem: string) => dsse([{ signature, verifier: base64(pem) }], { deep: nested(40) })],
  ])('tells of it by name when the watched name is in it: %s', async (_, bodyOf) => {
    const run = await see(bodyOf(victim.pem));
    expect(run).toMatchObject({
      exitCode: 20,
      problems: [],
      events: [
        {
          kind: 'entry',
          matchedBy: [`subject ${SUBJECT}`],
          expected: 'no',
          entry: { logIndex: 1, unread: expect.any(String) },
        },
      ],
    });
    expect(run.events.map((event) => WatchEventSchema.parse(event))).toEqual(run.events);
    expect((await watcher.run()).events).toEqual([]);
  });

  it('tells of one in which nothing is found, by its index, and is 14', async () => {
    const run = await see(record('?', { kind: 'rpm' }));
    expect(run).toMatchObject({
      exitCode: 14,
      events: [
        {
          kind: 'unread',
          code: 'entry-unread',
          logIndex: 1,
          entryKind: 'rpm',
          message: expect.stringContaining('entry 1 can’t be read: there is no reader for entries of kind rpm'),
        },
      ],
    });
    expect(run.events.map((event) => WatchEventSchema.parse(event))).toEqual(run.events);
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [] });
  });

  it('tells of one with a certificate that can’t be read, and searches its bytes', async () => {
    const der = derOf(victim.pem);
    const broken = Buffer.from(der);
    // The version of the certificate: 9 instead of 3.
    broken[broken.indexOf(Buffer.from([0xa0, 3, 2, 1, 2])) + 4] = 8;
    const decodeSigner = (bytes: Uint8Array): ReturnType<typeof decodeByNode> => {
      if (Buffer.from(bytes).equals(broken)) throw new TypeError('the version is not 3');
      return decodeByNode(bytes);
    };
    expect(await see(record(base64(pemOf(broken))), { decodeSigner })).toMatchObject({
      exitCode: 20,
      events: [
        {
          kind: 'entry',
          matchedBy: [`subject ${SUBJECT}`],
          entry: { unread: expect.stringContaining('the version is not 3') },
        },
      ],
    });
  });

  it('finds the digest of a watched image in it', async () => {
    const run = await see(record('?', { kind: 'tuf', spec: { x: base64(`{"digest":"${DIGEST}"}`) } }), {
      images: [{ digest: DIGEST }],
      identities: [],
    });
    expect(run).toMatchObject({ exitCode: 20, events: [{ kind: 'entry', matchedBy: [`image ${DIGEST}`] }] });
  });

  it('finds a watched key in it, and in a certificate that it can read', async () => {
    const key = generateKeyPair('p256');
    const identities = [{ publicKey: key.pem }];
    const run = await see(record(`A${base64(key.pem)}`), { identities });
    expect(run).toMatchObject({
      exitCode: 20,
      events: [{ kind: 'entry', entry: { logIndex: 1, unread: expect.any(String) } }],
    });
    const certified = await world.sigstore.issueCertificate({ key });
    world.log.append(record(base64(certified.pem)) as never, new Date());
    const next = await watcher.run();
    expect(next).toMatchObject({ exitCode: 20, events: [{ kind: 'entry', entry: { logIndex: 3 } }] });
    expect(next.events[0]).not.toHaveProperty('entry.unread');
  });

  it('is 14 when a watched signer may have signed it and every signer is expected', async () => {
    watcher = world.watcher({
      logs: [{ rekor: world.rekor, scan: true, from: 0 }],
      images: [],
      identities: [{ subject: SUBJECT }],
    });
    await watcher.run();
    world.log.append(record(`A${base64(victim.pem)}`) as never, new Date());
    expect(await watcher.run()).toMatchObject({ exitCode: 14, events: [{ kind: 'entry', expected: 'not-asked' }] });
  });
});

it('reads what a log of today is made of: its neighbours are no unread entries', () => {
  for (const { body } of createLog({ neighbours: 3 }).entries)
    expect(JSON.parse(body.toString())).toMatchObject({ kind: 'hashedrekord' });
  watcher = world.watcher();
});

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
}

function nested(levels: number): unknown {
  return levels === 0 ? 0 : [nested(levels - 1)];
}
