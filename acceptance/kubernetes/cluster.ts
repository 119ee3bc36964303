import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../real/free-port.ts';
import { findProgram } from '../real/programs.ts';
import { type Program, startProgram } from '../real/start-program.ts';

/** A real API server over a real etcd. There is no kubelet and no controller: what is created stays as it was admitted. */
export interface Cluster extends AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  /** Runs kubectl as the administrator. */
  kubectl(args: readonly string[], input?: string): Promise<Ran>;
  /** As `kubectl`, but fails for anything except success. */
  must(args: readonly string[], input?: string): Promise<string>;
  /** Stops the API server and starts it again, over the same etcd. */
  restart(): Promise<void>;
}

/** The result of a command. */
export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** The programs; `undefined` if one isn't installed. */
export interface ClusterPrograms {
  readonly etcd: string;
  readonly apiserver: string;
  readonly kubectl: string;
}

export function findClusterPrograms(): ClusterPrograms | undefined {
  const [etcd, apiserver, kubectl] = ['etcd', 'kube-apiserver', 'kubectl'].map(findProgram);
  return etcd === undefined || apiserver === undefined || kubectl === undefined
    ? undefined
    : { etcd, apiserver, kubectl };
}

export async function startCluster(programs: ClusterPrograms): Promise<Cluster> {
  // If a later step fails, everything that has been started is stopped too.
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(mkdtempSync(join(tmpdir(), 'sigtrail-cluster-')), async (path) =>
    rmSync(path, { recursive: true, force: true }),
  );
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const at = (name: string): string => join(folder, name);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(at('sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(at('tokens.csv'), 'secret,admin,admin,system:masters\n');
  const url = `https://127.0.0.1:${port}`;
  writeFileSync(at('kubeconfig'), kubeconfig(url));
  const etcd = await startProgram(
    programs.etcd,
    [
      `--data-dir=${at('etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ],
    etcdPort,
    at('etcd.log'),
  );
  opened.defer(async () => etcd.stop());
  const startServer = async (): Promise<Program> =>
    startProgram(
      programs.apiserver,
      [
        `--etcd-servers=http://127.0.0.1:${etcdPort}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${port}`,
        `--cert-dir=${folder}`,
        `--service-account-key-file=${at('sa.key')}`,
        `--service-account-signing-key-file=${at('sa.key')}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        `--token-auth-file=${at('tokens.csv')}`,
        '--authorization-mode=RBAC',
        // Without a controller, no namespace gets its default account.
        '--disable-admission-plugins=ServiceAccount',
        '--service-cluster-ip-range=10.0.0.0/24',
      ],
      port,
      at('apiserver.log'),
    );
  let server = await startServer();
  opened.defer(async () => server.stop());
  const kubectl = async (args: readonly string[], input?: string): Promise<Ran> =>
    run(
      programs.kubectl,
      [`--kubeconfig=${at('kubeconfig')}`, ...args],
      { HOME: folder, KUBECTL_KYAML: 'false' },
      input,
    );
  const ready = async (): Promise<void> => {
    const until = performance.now() + 120_000;
    while ((await kubectl(['get', 'namespace', 'default', '--request-timeout=5s'])).code !== 0) {
      if (performance.now() > until) throw new Error(`the API server is not ready; see ${at('apiserver.log')}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  await ready();
  const held = opened.move();
  return {
    folder,
    url,
    kubectl,
    must: async (args, input) => {
      const { code, output, errors } = await kubectl(args, input);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${errors}`);
      return output;
    },
    restart: async () => {
      await server.stop();
      server = await startServer();
      await ready();
    },
    [Symbol.asyncDispose]: async () => held.disposeAsync(),
  };
}

async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      { env: { PATH: process.env['PATH'], ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, output, errors) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output, errors });
      },
    );
    child.stdin?.end(input);
  });
}

function kubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token: 'secret' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'admin' } }],
    'current-context': 'c',
  });
}
