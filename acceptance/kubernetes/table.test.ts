import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, pushImage } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Ran } from './cluster.ts';
import { type KubernetesWorld, MAP, openKubernetesWorld, programs, steady } from './world.ts';

// What somebody who applies an object sees, from a real API server, for each outcome: table.md has the exact words.

const MANIFESTS = fileURLToPath(new URL('../../packages/admission/kubernetes', import.meta.url));
const ROWS = `namespaces:
  - { names: [trial], map: map.yaml, mode: warn }
  - { names: [silent], map: map.yaml, mode: audit }
  - names: ['*']
    map: map.yaml
    serviceAccounts: [{ names: [deployer], map: strict.yaml }]
`;

/** For kubectl to get as far as the registry, on a busy machine. */
const WAIT = { timeout: 20_000, interval: 20 };

let world: KubernetesWorld;
let settings = '';
const rows: (readonly string[])[] = [];

describe.skipIf(programs === undefined)('what kubectl prints, from a real API server', () => {
  beforeAll(async () => {
    if (programs === undefined) return;
    world = await openKubernetesWorld(programs, {
      timeoutSeconds: 2,
      settings: async (folder, cluster) => {
        for (const name of ['shop', 'trial', 'silent', 'sigtrail-system'])
          await cluster.must(['create', 'namespace', name]);
        // The webhook has the rights of the published manifests, and no others.
        await cluster.must(['apply', '-n', 'sigtrail-system', '-f', join(MANIFESTS, 'base/rbac.yaml')]);
        const token = await cluster.must(['create', 'token', 'sigtrail-admission', '-n', 'sigtrail-system']);
        writeFileSync(join(folder, 'token'), token);
        writeFileSync(join(folder, 'strict.yaml'), MAP.replace('release.yml', 'audited.yml'));
        const secrets = `cluster: { pullSecrets: true, namespaceExceptions: true, server: '${cluster.url}', tokenFile: token, caFile: apiserver.crt }\n`;
        settings = `${secrets}${ROWS}`;
        return settings;
      },
    });
    const { registry, webhook, sigstore } = world;
    const exception = `exceptions:\n  - { match: '${registry.host}/acme/legacy', reason: rebuilt next week, until: '2099-01-31' }\n  - { match: '${registry.host}/acme/older', reason: rebuilt last year, until: '2001-01-31' }\n`;
    for (const name of ['legacy', 'older', 'debug', 'model']) pushImage(registry, `acme/${name}:v1`);
    pushImage(registry, 'acme/other:v1');
    await sigstore.signImage(registry, 'acme/other:v1', { as: { email: 'someone@other.test' } });
    pushImage(registry, 'acme/keyed:v1');
    await sigstore.signImage(registry, 'acme/keyed:v1', { as: { key: generateKeyPair() } });
    webhook.write('map.yaml', `${MAP}${exception}`);
    await vi.waitFor(() => expect(webhook.log()).toContain('settings-reloaded'), 20_000);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const image = (name: string): string => `${world.registry.host}/acme/${name}:v1`;
  /** Runs kubectl, keeps the row, and says what it printed. */
  const row = async (
    name: string,
    args: readonly string[],
    expected: 'admitted' | 'refused',
    input?: string,
  ): Promise<Ran> => {
    const ran = await world.cluster.kubectl(args, input);
    const printed = steady(`${ran.errors}${ran.output}`, world);
    rows.push([name, expected, printed.replaceAll('\n', ' ').replaceAll('|', '\\|')]);
    expect([name, ran.code === 0 ? 'admitted' : 'refused', printed]).toEqual([name, expected, printed]);
    return ran;
  };
  const SHOWN = ['-o', 'jsonpath={.spec.containers[0].image}'];
  const pod = (name: string, what: string, more: readonly string[] = [], namespace = 'shop'): readonly string[] => [
    'run',
    name,
    `--image=${what}`,
    '-n',
    namespace,
    ...SHOWN,
    ...more,
  ];
  const overrides = (spec: object): string => `--overrides=${JSON.stringify({ spec })}`;

  it('allow and mutate', async () => {
    await row('allow: signed, named by digest', pod('by-digest', world.signed.pinned), 'admitted');
    const pinned = await row('mutate: signed, named by a tag', pod('by-tag', world.signed.reference), 'admitted');
    expect(pinned.output).toBe(`${world.signed.reference}@${world.signed.pinned.split('@')[1]}`);
    await row(
      'allow: a Deployment keeps its tag',
      [
        'create',
        'deployment',
        'app',
        `--image=${world.signed.reference}`,
        '-n',
        'shop',
        '-o',
        'jsonpath={.spec.template.spec.containers[0].image}',
      ],
      'admitted',
    );
    await row('allow: an update that brings no image', ['label', 'pod', 'by-tag', 'x=y', '-n', 'shop'], 'admitted');
    await row(
      'mutate: only asked about (--dry-run=server)',
      pod('dry', world.signed.reference, ['--dry-run=server']),
      'admitted',
    );
    expect((await world.cluster.kubectl(['get', 'pod', 'dry', '-n', 'shop'])).errors).toContain('NotFound');
  });

  it('deny', async () => {
    await row('deny: unsigned', pod('p', world.unsigned.pinned), 'refused');
    await row('deny: signed by someone else', pod('p', image('other')), 'refused');
    await row('deny: signed with an unknown key', pod('p', image('keyed')), 'refused');
    await row('deny: not there', pod('p', image('none')), 'refused');
    await row(
      'deny: a Deployment',
      ['create', 'deployment', 'bad', `--image=${world.unsigned.reference}`, '-n', 'shop'],
      'refused',
    );
    await row(
      'deny: a CronJob',
      ['create', 'cronjob', 'bad', '--schedule=0 0 * * *', `--image=${world.unsigned.reference}`, '-n', 'shop'],
      'refused',
    );
    await row(
      'deny: an ephemeral container',
      ['debug', 'by-tag', `--image=${image('debug')}`, '-c', 'dbg', '--attach=false', '-n', 'shop'],
      'refused',
    );
    await row(
      'deny: an image volume',
      pod('p', world.signed.pinned, [
        overrides({ volumes: [{ name: 'model', image: { reference: image('model') } }] }),
      ]),
      'refused',
    );
    await row(
      'deny: an update to another image',
      ['set', 'image', 'deployment/app', `app=${world.unsigned.reference}`, '-n', 'shop'],
      'refused',
    );
    await row(
      'deny: a service account that asks for more',
      pod('p', world.signed.pinned, [overrides({ serviceAccountName: 'deployer' })]),
      'refused',
    );
  });

  it('an ephemeral container is pinned, too', async () => {
    await world.cluster.must([
      'debug',
      'by-tag',
      `--image=${world.signed.reference}`,
      '-c',
      'good',
      '--attach=false',
      '-n',
      'shop',
    ]);
    const path = 'jsonpath={.spec.ephemeralContainers[0].image}';
    expect(await world.cluster.must(['get', 'pod', 'by-tag', '-n', 'shop', '-o', path])).toContain('@sha256:');
  });

  it('warn and audit', async () => {
    await row('warn: unsigned', pod('p', world.unsigned.pinned, [], 'trial'), 'admitted');
    await row('audit: unsigned', pod('p', world.unsigned.pinned, [], 'silent'), 'admitted');
  });

  it('exceptions', async () => {
    const { cluster, unsigned, registry } = world;
    await row('exception: of the map', pod('legacy', image('legacy')), 'admitted');
    await row('exception: of the map, over', pod('p', image('older')), 'refused');
    const text = JSON.stringify([
      { match: `${registry.host}/acme/unsigned`, reason: 'moving next week', until: '2099-01-31' },
    ]);
    await row(
      'exception: on the Pod counts for nothing',
      pod('p', unsigned.pinned, [`--annotations=sigtrail.dev/exceptions=${text}`]),
      'refused',
    );
    await cluster.must(['annotate', 'namespace', 'shop', `sigtrail.dev/exceptions=${text}`]);
    await row('exception: on the Namespace', pod('excused', unsigned.pinned), 'admitted');
    await cluster.must(['annotate', 'namespace', 'shop', 'sigtrail.dev/exceptions=oops', '--overwrite']);
    await row('exception: on the Namespace, misspelt', pod('p', unsigned.pinned), 'refused');
    await cluster.must(['annotate', 'namespace', 'shop', 'sigtrail.dev/exceptions-']);
  });

  it('pull secrets', async () => {
    const { cluster, registry, signed } = world;
    registry.configure({ access: { kind: 'basic', username: 'u', password: 'p' } });
    const secret = overrides({ imagePullSecrets: [{ name: 'regcred' }] });
    await row('secret: not allowed to read it', pod('p', signed.pinned, [secret]), 'refused');
    await cluster.must(['apply', '-n', 'shop', '-k', join(MANIFESTS, 'pull-secrets')]);
    await row('secret: missing', pod('p', signed.pinned, [secret]), 'refused');
    await cluster.must([
      'create',
      'secret',
      'docker-registry',
      'regcred',
      '-n',
      'shop',
      `--docker-server=${registry.host}`,
      '--docker-username=u',
      '--docker-password=p',
    ]);
    await row('secret: there', pod('private', signed.pinned, [secret]), 'admitted');
    registry.configure({ access: undefined });
  });

  it('timeout, overload and outage', async () => {
    const { registry, webhook, cluster, signed, unsigned } = world;
    registry.configure({ delayMs: 60_000 });
    await row('timeout: the registry takes a minute, the webhook has 2 s', pod('p', signed.pinned), 'refused');
    webhook.settings(`limits: { concurrency: 1, queue: 0 }\n${settings}`);
    const reloads = webhook.log().split('settings-reloaded').length;
    await vi.waitFor(() => expect(webhook.log().split('settings-reloaded').length).toBeGreaterThan(reloads), 20_000);
    const first = cluster.kubectl(pod('p', signed.pinned));
    await expect
      .poll(() => registry.requests.filter(({ endedAt }) => endedAt === undefined).length, WAIT)
      .toBeGreaterThan(0);
    await row('overload: no room to ask about another image', pod('p', unsigned.pinned), 'refused');
    expect((await first).code).toBe(1);
    registry.configure({ delayMs: 0 });
    await registry.refuseConnections();
    await row('outage: of the registry', pod('p', signed.pinned), 'refused');
    await registry.acceptConnections();
    registry.configure({ throttled: { retryAfter: 1 } });
    const throttled = registry.requests.length;
    const late = row(
      'throttled (429): the registry takes requests again within the deadline',
      pod('late', signed.pinned),
      'admitted',
    );
    await expect.poll(() => registry.requests.length, WAIT).toBeGreaterThan(throttled);
    registry.configure({ throttled: false });
    await late;
    registry.configure({ throttled: { retryAfter: 1 } });
    await row('throttled (429): until the deadline', pod('p', signed.pinned), 'refused');
    registry.configure({ throttled: { retryAfter: 60 } });
    await row('throttled (429): the registry asks for a minute', pod('p', signed.pinned), 'refused');
    registry.configure({ throttled: false });
    await webhook.kill();
    await row('outage: of the webhook', pod('p', signed.pinned), 'refused');
    await row(
      'outage of the webhook: a namespace that is left out',
      pod('dns', signed.pinned, [], 'kube-system'),
      'admitted',
    );
    await webhook.start();
    // Starting takes longer than the 2 s of this table on a busy machine.
    const trial = pod('again', signed.pinned, ['--dry-run=server']);
    await expect.poll(async () => (await cluster.kubectl(trial)).code, WAIT).toBe(0);
    await row('after the outage', pod('again', signed.pinned), 'admitted');
  });

  it('is the table that people read', async () => {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const head = ['what happens', 'outcome', 'what kubectl prints'];
    const intro =
      '# What people see\n\nEach row was run by `acceptance/kubernetes/table.test.ts` on a real Kubernetes API server (1.37); the words are those that `kubectl` printed, with digests and addresses shortened.';
    const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
    await expect(`${intro}\n\n${table}\n`).toMatchFileSnapshot('./table.md');
  });
});
