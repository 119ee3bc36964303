import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type CertificateAuthority, createCertificateAuthority, issueTlsCertificate } from '@sigtrail/testing';
import { freePort } from '../real/free-port.ts';
import type { Cluster } from './cluster.ts';

/** The webhook as its own process, from its settings file. */
export interface Webhook extends AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly ca: string;
  readonly pid: () => number;
  /** The bytes that the process holds after it has collected its garbage. */
  liveHeap(): Promise<number>;
  /** Writes a file beside the settings; the webhook looks every 100 ms. */
  write(name: string, text: string): void;
  /** Answers about images only to clients with a certificate from an authority in that file. Before the start. */
  knowClients(authority: string): void;
  /** Writes other settings, YAML of the top level beside what every webhook has. */
  settings(text: string): void;
  /** Writes a new certificate of the same authority. */
  renewCertificate(): Promise<void>;
  start(): Promise<void>;
  /** Ends the process by `SIGKILL`. */
  kill(): Promise<void>;
  /** Ends it as the kubelet does, and gives its exit code. */
  stop(): Promise<number | null>;
  log(): string;
}

const BIN = fileURLToPath(new URL('../../packages/admission/src/bin.ts', import.meta.url));
const LIVE_HEAP = new URL('./live-heap.ts', import.meta.url).href;

/** Prepares a webhook in a folder; `settings` is YAML of the top level beside what every webhook has. */
export async function prepareWebhook(folder: string, settings: string): Promise<Webhook> {
  const port = await freePort();
  const authority: CertificateAuthority = await createCertificateAuthority();
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  let ca = '';
  const renewCertificate = async (): Promise<void> => {
    const tls = await issueTlsCertificate({ authority });
    ca = tls.ca;
    // Both files are read again when either has changed; a pair that doesn't fit is not used.
    write('tls.crt', tls.cert);
    write('tls.key', tls.key);
  };
  await renewCertificate();
  let clients = '';
  const writeSettings = (text: string): void =>
    write(
      'settings.yaml',
      `version: 1
listen: { host: 127.0.0.1, port: ${port} }
tls: { certificate: tls.crt, key: tls.key${clients} }
trust: [{ file: trusted_root.json }]
reloadEveryMs: 100
drainMs: 200
${text}`,
    );
  writeSettings(settings);
  const logFile = join(folder, 'webhook.log');
  writeFileSync(logFile, '');
  let child: ReturnType<typeof spawn> | undefined;
  let measured = Promise.withResolvers<number>();
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ended = child;
    child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return ended?.exitCode ?? null;
    const exited = once(ended, 'exit');
    ended.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  return {
    folder,
    port,
    ca,
    pid: () => child?.pid ?? 0,
    liveHeap: async () => {
      measured = Promise.withResolvers<number>();
      child?.kill('SIGUSR2');
      return measured.promise;
    },
    write,
    knowClients: (file) => {
      clients = `, clientAuthority: ${file}`;
      writeSettings(settings);
    },
    settings: writeSettings,
    renewCertificate,
    start: async () => {
      const started = spawn(
        process.execPath,
        ['--conditions=@sigtrail/source', '--expose-gc', '--import', LIVE_HEAP, BIN].concat(
          '--settings',
          join(folder, 'settings.yaml'),
        ),
        {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { PATH: process.env['PATH'] },
        },
      );
      child = started;
      started.stderr.on('data', (text: Buffer) => appendFileSync(logFile, text));
      const listening = Promise.withResolvers<void>();
      createInterface({ input: started.stdout }).on('line', (line) => {
        appendFileSync(logFile, `${line}\n`);
        if (line.includes('"listening"')) listening.resolve();
        if (line.includes('"live-heap"')) measured.resolve((JSON.parse(line) as { readonly bytes: number }).bytes);
      });
      const ended = (): void => listening.reject(new Error(`the webhook ended: ${readFileSync(logFile, 'utf8')}`));
      started.once('exit', ended);
      await listening.promise;
      started.off('exit', ended);
    },
    kill: async () => {
      await end('SIGKILL');
    },
    stop: async () => end('SIGTERM'),
    log: () => readFileSync(logFile, 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
    },
  };
}

const RESOURCES = {
  pods: { apiGroups: [''], apiVersions: ['v1'], resources: ['pods', 'pods/ephemeralcontainers'] },
  templates: { apiGroups: [''], apiVersions: ['v1'], resources: ['podtemplates', 'replicationcontrollers'] },
  apps: {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  },
  batch: { apiGroups: ['batch'], apiVersions: ['v1'], resources: ['cronjobs', 'jobs'] },
};

/** Registers both hooks, as the published manifests do, at an address of this machine. The namespace `default` is left out: that is what probes whether it works. */
export async function registerWebhook(cluster: Cluster, { port, ca }: Webhook, timeoutSeconds = 5): Promise<void> {
  const hook = (name: string, path: string, rules: readonly object[]): object => ({
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    timeoutSeconds,
    matchPolicy: 'Equivalent',
    namespaceSelector: {
      matchExpressions: [
        { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'sigtrail-system'] },
      ],
    },
    clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle: Buffer.from(ca).toString('base64') },
    rules: rules.map((rule) => ({ ...rule, operations: ['CREATE', 'UPDATE'] })),
  });
  const configuration = (kind: string, hooks: readonly object[]): object => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: 'sigtrail' },
    webhooks: hooks,
  });
  const { pods, ...workloads } = RESOURCES;
  const pin = { ...hook('pin.sigtrail.dev', '/mutate', [pods]), reinvocationPolicy: 'IfNeeded' };
  const objects = [
    configuration('MutatingWebhookConfiguration', [pin]),
    configuration('ValidatingWebhookConfiguration', [
      hook('images.sigtrail.dev', '/validate', [pods, ...Object.values(workloads)]),
    ]),
  ];
  await cluster.must(['apply', '-f', '-'], objects.map((one) => JSON.stringify(one)).join('\n---\n'));
}
