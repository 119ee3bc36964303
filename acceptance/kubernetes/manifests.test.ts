import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pushImage, startRegistry, type FakeRegistry, createSigstore } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';
import { prepareWebhook, registerWebhook, type Webhook } from './webhook.ts';
import { programs, steady, untilAsked } from './world.ts';

// The commands of docs/kubernetes.md, one after the other, as a reader copies them, and what then is in the cluster.

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const PAGE = readFileSync(here('docs/kubernetes.md'), 'utf8');
const steps = [...PAGE.matchAll(/<!-- steps -->\n +```sh\n([\s\S]*?)\n +```/g)].map(([, commands = '']) =>
  commands.replaceAll(/^ {3}/gm, ''),
);

/** What an API server says of its objects. */
interface OpenApi {
  readonly definitions: Readonly<Record<string, Definition>>;
}

interface Definition {
  readonly properties?: Readonly<Record<string, object>>;
  readonly 'x-kubernetes-group-version-kind'?: readonly { readonly kind: string }[];
}

const POD_SPEC = 'io.k8s.api.core.v1.PodSpec';

/** Whether a PodSpec is somewhere in the objects of a definition. */
function holdsPodSpec(definitions: OpenApi['definitions'], name: string, seen: readonly string[] = []): boolean {
  if (name === POD_SPEC) return true;
  if (seen.includes(name)) return false;
  const references = JSON.stringify(definitions[name]?.properties ?? {}).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g);
  return [...references].some(([, to = '']) => holdsPodSpec(definitions, to, [...seen, name]));
}

let cluster: Cluster;
let registry: FakeRegistry;
let webhook: Webhook | undefined;
let folder: string;

describe.skipIf(programs === undefined)('the published manifests, in a real API server', () => {
  beforeAll(async () => {
    if (programs === undefined) return;
    cluster = await startCluster(programs);
    registry = await startRegistry();
    folder = join(cluster.folder, 'reader');
    cpSync(here('packages/admission/kubernetes'), folder, { recursive: true });
    mkdirSync(join(folder, 'bin'));
    symlinkSync(programs.kubectl, join(folder, 'bin/kubectl'));
  });
  afterAll(async () => {
    await webhook?.[Symbol.asyncDispose]();
    await registry?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  const shell = async (commands: string): Promise<string> => {
    const env = {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: join(cluster.folder, 'kubeconfig'),
      HOME: folder,
    };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], { cwd: folder, env });
    return stdout;
  };
  const read = async (...what: readonly string[]): Promise<string> => cluster.must(['get', ...what]);

  it('pass a dry run of the server as they are', async () => {
    await cluster.must(['apply', '-f', join(folder, 'base/namespace.yaml')]);
    const printed = await cluster.must(['apply', '-k', join(folder, 'base'), '--dry-run=server']);
    expect(printed.trim().split('\n')).toHaveLength(11);
    await cluster.must(['create', 'namespace', 'shop']);
    await cluster.must(['apply', '-k', join(folder, 'pull-secrets'), '-n', 'shop', '--dry-run=server']);
  });

  it('ask about every resource that this API server can make a Pod from', async () => {
    const { definitions } = JSON.parse(await read('--raw', '/openapi/v2')) as OpenApi;
    const rules = await shell(
      "kubectl create --dry-run=client -f base/webhooks.yaml -o jsonpath='{.webhooks[*].rules}'",
    );
    const asked = [...rules.matchAll(/"resources":\[([^\]]*)\]/g)].flatMap(
      ([, names = '']) => names.match(/\w+/g) ?? [],
    );
    const kinds = Object.entries(definitions)
      .filter(([name]) => holdsPodSpec(definitions, name))
      .flatMap(([, definition]) => definition['x-kubernetes-group-version-kind'] ?? [])
      .flatMap(({ kind }) => (kind.endsWith('List') ? [] : [kind]));
    expect(kinds).toContain('CronJob');
    expect(kinds.filter((kind) => !asked.includes(`${kind.toLowerCase()}s`))).toEqual([]);
  });

  it('the steps of the page lead to a webhook that is asked', async () => {
    expect(steps).toHaveLength(4);
    for (const [index, commands] of steps.entries()) {
      await shell(commands);
      // Nothing is asked before the reader has a webhook that could answer.
      if (index === 1) expect(await read('validatingwebhookconfiguration', '-o', 'name')).toBe('');
    }
    const ca = readFileSync(join(folder, 'ca.crt')).toString('base64');
    for (const kind of ['validating', 'mutating'])
      expect(
        await read(`${kind}webhookconfiguration`, 'sigtrail', '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}'),
      ).toBe(ca);
    expect(await read('configmap', 'sigtrail-settings', '-n', 'sigtrail-system', '-o', 'yaml')).toContain(
      'mode: enforce',
    );
    expect(await read('deployment', 'sigtrail-admission', '-n', 'sigtrail-system', '-o', 'name')).toContain(
      'deployment',
    );
    await shell('openssl verify -CAfile ca.crt -verify_hostname sigtrail-admission.sigtrail-system.svc tls.crt');
  });

  it('the Pods of the webhook keep to the restricted standard, and its namespace asks for that', async () => {
    const deployment = JSON.parse(
      await read('deployment', 'sigtrail-admission', '-n', 'sigtrail-system', '-o', 'json'),
    );
    const { spec } = deployment.spec.template;
    await cluster.must(['apply', '-k', join(folder, 'check-running')]);
    const job = JSON.parse(await read('job', 'sigtrail-check-running', '-n', 'sigtrail-system', '-o', 'json'));
    const pod = (name: string, podSpec: object): string =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpec });
    const create = ['create', '-n', 'sigtrail-system', '--dry-run=server', '-f', '-'];
    for (const ours of [spec, job.spec.template.spec])
      expect(await cluster.kubectl(create, pod('ours', ours))).toMatchObject({ code: 0 });
    const loose = await cluster.kubectl(create, pod('loose', { ...spec, securityContext: {} }));
    expect(loose.errors).toContain('violates PodSecurity "restricted:latest"');
  });

  it('the webhook takes the published settings and map, and the cluster refuses an unsigned image with the words of the page', async () => {
    const sigstore = await createSigstore();
    pushImage(registry, 'acme/unsigned:v1');
    const { reference } = pushImage(registry, 'acme/app:v1');
    await sigstore.signImage(registry, 'acme/app:v1');
    const text = (name: string): string => readFileSync(join(folder, 'base', name), 'utf8');
    // Of the settings, what is about a Pod's own files is another here.
    webhook = await prepareWebhook(cluster.folder, text('settings.yaml').replace(/^[\s\S]*?(?=^namespaces:)/m, ''));
    webhook.write('trusted_root.json', sigstore.trust.json);
    webhook.write('map.yaml', text('map.yaml').replaceAll('ghcr.io', registry.host));
    await webhook.start();
    await registerWebhook(cluster, webhook);
    await untilAsked(cluster, `${registry.host}/acme/unsigned:v1`);
    const refused = await cluster.kubectl(['run', 'unsigned', `--image=${registry.host}/acme/unsigned:v1`]);
    const said = /```text\n *(Error from server[^\n]*)\n/.exec(PAGE)?.[1];
    expect(steady(refused.errors, { registry, webhook, cluster }).replaceAll('registry.example', 'ghcr.io')).toBe(said);
    expect(await cluster.kubectl(['run', 'app', `--image=${reference}`])).toMatchObject({ code: 0 });
  });

  it('the gate judges what runs already, by the same map', async () => {
    // From before there was a webhook: a namespace that it isn't asked about.
    const unsigned = `${registry.host}/acme/unsigned:v1`;
    await cluster.must(['run', 'old', `--image=${unsigned}`, '-n', 'kube-system']);
    const [, get = '', gate = ''] =
      /```sh\n(kubectl get pods [^\n]*)\nsigtrail (gate [^\n]*) --tuf\n```/.exec(PAGE) ?? [];
    await shell(get);
    const args = gate.replace('base/map.yaml', join(cluster.folder, 'map.yaml')).split(' ');
    const trust = ['--trusted-root', join(cluster.folder, 'trusted_root.json')];
    const command = ['--conditions=@sigtrail/source', here('packages/cli/src/bin.ts'), ...args, ...trust];
    const { code, stdout } = await new Promise<{ readonly code: unknown; readonly stdout: string }>((resolve) => {
      execFile(process.execPath, command, { cwd: folder }, (error, output) =>
        resolve({ code: error?.code, stdout: output }),
      );
    });
    expect(code).not.toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('running.yaml:'))).toEqual([
      expect.stringMatching(/ VERIFIED .*\/acme\/app:v1@sha256:/),
      expect.stringMatching(/ REJECTED .*\/acme\/unsigned:v1$/),
    ]);
  });

  it('the way back is one command', async () => {
    const [, command = ''] = /```sh\n(kubectl delete [^\n]*)\n```/.exec(PAGE) ?? [];
    await shell(command);
    expect(await read('validatingwebhookconfiguration', '-o', 'name')).toBe('');
  });
});
