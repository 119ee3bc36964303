import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCertificateAuthority,
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  issueTlsCertificate,
  startRegistry,
} from '@sigtrail/testing';
import { type Admission, startAdmission } from '../src/index.ts';

/** A registry, a Sigstore, and a folder with everything that a webhook is started from. */
export interface AdmissionWorld {
  readonly folder: string;
  readonly settingsFile: string;
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  /** PEM of the authority of the webhook's certificate. */
  readonly ca: () => string;
  readonly lines: readonly LogLine[];
  writeFile(name: string, text: string): Promise<void>;
  /** Writes a new certificate for the webhook. */
  renewCertificate(): Promise<void>;
  start(): Promise<Admission>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One line of the webhook's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** Who signs by default in the kit. */
export const SIGNED_BY = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
};

/** Settings with one row for every namespace; `more` is YAML of the top level. */
export function settingsText(more = '', rows = 'namespaces:\n  - names: ["*"]\n    map: map.yaml\n'): string {
  return `version: 1
listen: { host: 127.0.0.1, port: 0 }
tls: { certificate: tls.crt, key: tls.key }
trust: [{ file: trusted_root.json }]
drainMs: 0
reloadEveryMs: 3600000
${more}${rows}`;
}

/** A map with one rule for every image. */
export function mapText(mode = 'enforce', more = ''): string {
  return `version: 1
images:
  - match: '**'
    mode: ${mode}
    policy: { signedBy: ${JSON.stringify(SIGNED_BY)} }
${more}`;
}

export async function openWorld(): Promise<AdmissionWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-admission-'));
  const registry = await startRegistry();
  const sigstore = await createSigstore();
  const authority = await createCertificateAuthority();
  const write = async (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  let ca = '';
  const renewCertificate = async (): Promise<void> => {
    const tls = await issueTlsCertificate({ authority });
    ca = tls.ca;
    await write('tls.crt', tls.cert);
    await write('tls.key', tls.key);
  };
  await renewCertificate();
  await write('trusted_root.json', sigstore.trust.json);
  await write('map.yaml', mapText());
  await write('settings.yaml', settingsText());
  const started: Admission[] = [];
  const lines: LogLine[] = [];
  const settingsFile = join(folder, 'settings.yaml');
  return {
    folder,
    settingsFile,
    registry,
    sigstore,
    ca: () => ca,
    lines,
    writeFile: write,
    renewCertificate,
    start: async () => {
      const admission = await startAdmission(settingsFile, { write: (line) => lines.push(JSON.parse(line)) });
      started.push(admission);
      return admission;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(started.map(async (one) => one.close()));
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An answer of the webhook. */
export interface HookAnswer {
  readonly status: number;
  readonly text: string;
  /** What the socket's certificate is. */
  readonly fingerprint: string;
  readonly protocol: string;
}

/** One request, on a connection of its own. */
export async function call(
  url: string,
  options: {
    readonly ca: string;
    readonly body?: string;
    readonly method?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly signal?: AbortSignal;
  },
): Promise<HookAnswer> {
  const { body, method = body === undefined ? 'GET' : 'POST', ...tls } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...tls, method, agent: false }, (answer) => {
      const { socket } = answer as unknown as {
        readonly socket: { getPeerCertificate(): { fingerprint256: string }; getProtocol(): string };
      };
      const { fingerprint256: fingerprint } = socket.getPeerCertificate();
      const protocol = socket.getProtocol();
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString(), fingerprint, protocol }),
      );
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A review request as the API server sends it. */
export function reviewOf(object: object, more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'shop',
      userInfo: { username: 'dev' },
      object,
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
      ...more,
    },
  });
}

/** A Pod with one container for each image. */
export function podOf(...images: readonly string[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'shop' },
    spec: { containers: images.map((image, index) => ({ name: `c${String(index)}`, image })) },
  };
}
