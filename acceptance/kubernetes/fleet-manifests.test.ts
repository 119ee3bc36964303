import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Cluster, startCluster } from './cluster.ts';
import { programs } from './world.ts';

// The manifests of docs/fleet.md, in a real API server.

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

describe.skipIf(programs === undefined)('the manifests of a fleet', () => {
  let cluster: Cluster;
  let folder: string;
  beforeAll(async () => {
    if (programs === undefined) return;
    cluster = await startCluster(programs);
    folder = join(cluster.folder, 'fleet');
    cpSync(here('packages/fleet/kubernetes'), folder, { recursive: true });
    writeFileSync(join(folder, 'fleet.key'), Buffer.alloc(32).toString('base64'));
  });
  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  it('pass a dry run of the server, after the commands of the page', async () => {
    const [, commands = ''] =
      /```sh\n(kubectl apply -f namespace\.yaml\n[^]*?)```/.exec(readFileSync(here('docs/fleet.md'), 'utf8')) ?? [];
    const lines = commands.trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const words = line.split(' ').slice(1);
      const own = words.map((word) =>
        word === '.' ? folder : word.replace(/^(--from-file=)?((?:namespace|fleet)\.\w+)$/, `$1${folder}/$2`),
      );
      const isLast = line === lines.at(-1);
      const printed = await cluster.must(isLast ? [...own, '--dry-run=server'] : own);
      if (isLast) expect(printed.trim().split('\n')).toHaveLength(8);
    }
  });

  it.each(['redis', 'worker', 'nightly'])(
    'let the Pods of %s keep to the restricted standard, which their namespace asks for',
    async (name) => {
      const [workload] = parseAllDocuments(readFileSync(join(folder, `${name}.yaml`), 'utf8')).map((one) => one.toJS());
      const { spec } = workload.spec.template;
      // The volume of a claim that the StatefulSet makes.
      const volumes = spec.volumes ?? [{ name: 'data', emptyDir: {} }];
      const pod = (podSpec: object): string =>
        JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...podSpec, volumes } });
      const create = ['create', '-n', 'sigtrail-fleet', '--dry-run=server', '-f', '-'];
      expect(await cluster.kubectl(create, pod(spec))).toMatchObject({ code: 0 });
      const loose = await cluster.kubectl(create, pod({ ...spec, securityContext: {} }));
      expect(loose.errors).toContain('violates PodSecurity "restricted:latest"');
    },
  );

  it('keep every secret in a file: none is in a command line or the environment', () => {
    for (const name of ['redis', 'worker', 'nightly']) {
      const text = readFileSync(join(folder, `${name}.yaml`), 'utf8');
      expect(text).not.toMatch(/\benv(?:From)?:|password|:\/\/[^\s/]*@/);
    }
  });
});
