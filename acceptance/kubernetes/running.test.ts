import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pushImage } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from './cluster.ts';
import { type KubernetesWorld, MAP, openKubernetesWorld, programs } from './world.ts';

// What runs already, judged by the settings, with a service account of a real API server.

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const MANIFESTS = here('packages/admission/kubernetes');
/** Of job.yaml. */
const JOB_ARGS = ['--settings', '/etc/sigtrail/settings.yaml', '--check-running'];

let world: KubernetesWorld;

const tokenOf = async (cluster: Cluster, account: string): Promise<string> =>
  cluster.must(['create', 'token', account, '-n', 'sigtrail-system']);

describe.skipIf(programs === undefined)('what runs in a real cluster', () => {
  beforeAll(async () => {
    if (programs === undefined) return;
    world = await openKubernetesWorld(programs, {
      settings: async (folder, cluster) => {
        for (const name of ['trial', 'sigtrail-system']) await cluster.must(['create', 'namespace', name]);
        await cluster.must(['apply', '-n', 'sigtrail-system', '-f', join(MANIFESTS, 'base/rbac.yaml')]);
        writeFileSync(join(folder, 'token'), await tokenOf(cluster, 'sigtrail-admission'));
        writeFileSync(join(folder, 'strict.yaml'), MAP.replace('release.yml', 'audited.yml'));
        return `cluster: { server: '${cluster.url}', tokenFile: token, caFile: apiserver.crt, namespaceExceptions: true }
namespaces:
  - { names: [trial], map: strict.yaml, mode: warn }
  - { names: ['*'], map: map.yaml }
`;
      },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const check = async (): Promise<{
    readonly code: unknown;
    readonly lines: readonly string[];
    readonly errors: string;
  }> =>
    new Promise((resolve) => {
      const settings = join(world.cluster.folder, 'settings.yaml');
      const args = JOB_ARGS.map((argument) => argument.replace('/etc/sigtrail/settings.yaml', settings));
      const program = ['--conditions=@sigtrail/source', here('packages/admission/src/bin.ts')];
      execFile(process.execPath, [...program, ...args], (error, output, errors) =>
        resolve({ code: error === null ? 0 : error.code, lines: output.trim().split('\n'), errors }),
      );
    });

  it('is told by namespace, mode and digest, with an account of its own', async () => {
    const { cluster, registry, signed, unsigned, webhook } = world;
    expect(await check()).toMatchObject({ code: 2, errors: expect.stringContaining('403 to /api/v1/pods') });
    await cluster.must(['apply', '-k', join(MANIFESTS, 'check-running')]);
    const args = ['-o', 'jsonpath={.spec.template.spec.containers[0].args}'];
    const job = await cluster.must(['get', 'job', 'sigtrail-check-running', '-n', 'sigtrail-system', ...args]);
    expect(JSON.parse(job)).toEqual(JOB_ARGS);
    // The webhook's own account gets no right by that.
    expect(await check()).toMatchObject({ code: 2, errors: expect.stringContaining('403 to /api/v1/pods') });
    writeFileSync(join(cluster.folder, 'token'), await tokenOf(cluster, 'sigtrail-check-running'));
    // As before there was a webhook.
    await cluster.must(['delete', 'validatingwebhookconfiguration,mutatingwebhookconfiguration', 'sigtrail']);
    const run = async (name: string, image: string, namespace = 'default'): Promise<void> => {
      await cluster.must(['run', name, `--image=${image}`, '-n', namespace]);
    };
    const status = async (name: string, change: object): Promise<void> => {
      const patch = JSON.stringify({ status: change });
      await cluster.must(['patch', 'pod', name, '--subresource=status', '--type=merge', '-p', patch]);
    };
    await run('fine', signed.reference);
    await run('old', unsigned.reference);
    await run('trial', signed.reference, 'trial');
    await run('own', unsigned.reference, 'kube-system');
    await run('ended', unsigned.reference);
    await status('ended', { phase: 'Succeeded' });
    // Runs what was signed, though its tag names something else by now.
    const moved = `${registry.host}/acme/app:moved`;
    pushImage(registry, 'acme/app:moved', { content: 'moved' });
    await run('moved', moved);
    const running = { name: 'moved', image: moved, imageID: signed.pinned, ready: true, restartCount: 0 };
    await status('moved', { phase: 'Running', containerStatuses: [running] });
    expect(await check()).toEqual({
      code: 1,
      errors: '',
      lines: [
        expect.stringMatching(/^refused default\/old container old: 127\.0\.0\.1:\d+\/acme\/unsigned:v1 is not signed/),
        expect.stringMatching(
          /^warned trial\/trial container trial: .*\[no-match\] \(rule \*\* \(line 3\) of strict\.yaml/,
        ),
        '4 Pods (and 1 skipped), 2 images allowed, 1 refused, 1 warned about, 0 noted, 0 unknown',
      ],
    });
    const exceptions = "[{ match: '**/acme/unsigned', reason: rebuilt next week, until: '2099-01-01' }]";
    await cluster.must(['annotate', 'namespace', 'default', `sigtrail.dev/exceptions=${exceptions}`]);
    expect((await check()).lines.at(-1)).toContain('3 images allowed, 0 refused, 1 warned about');
    await cluster.must(['delete', 'pod', 'old', '--grace-period=0', '--force']);
    await cluster.must(['delete', 'pod', 'trial', '-n', 'trial', '--grace-period=0', '--force']);
    expect(await check()).toMatchObject({
      code: 0,
      lines: ['2 Pods (and 1 skipped), 2 images allowed, 0 refused, 0 warned about, 0 noted, 0 unknown'],
    });
    expect(webhook.log()).not.toContain('"failed"');
  });

  it('needs two rights, and has no other', async () => {
    const { cluster } = world;
    const token = await tokenOf(cluster, 'sigtrail-check-running');
    const may = async (...args: readonly string[]): Promise<string> => {
      const { code, errors } = await cluster.kubectl([...args, `--token=${token}`]);
      return code === 0 ? 'may' : errors.trim();
    };
    expect(await may('get', 'pods', '--all-namespaces')).toBe('may');
    expect(await may('get', 'namespace', 'default')).toBe('may');
    const refused = expect.stringContaining('system:serviceaccount:sigtrail-system:sigtrail-check-running" cannot');
    for (const request of [
      ['get', 'pod', 'fine'],
      ['get', 'namespaces'],
      ['get', 'secrets', '--all-namespaces'],
      ['get', 'serviceaccount', 'default'],
      ['get', 'configmap', 'any', '-n', 'sigtrail-system'],
      ['delete', 'pod', 'fine'],
      ['run', 'other', '--image=registry.example/other'],
      ['annotate', 'namespace', 'default', 'sigtrail.dev/exceptions=[]', '--overwrite'],
    ])
      expect([request, await may(...request)]).toEqual([request, refused]);
  });
});
