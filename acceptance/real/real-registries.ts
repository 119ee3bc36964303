import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OciClientOptions } from 'oci-client-lite';
import { freePort } from './free-port.ts';
import { findProgram } from './programs.ts';
import { type Example, pushExample } from './push.ts';
import { startProgram } from './start-program.ts';
import { startTokenServer } from './token-server.ts';

const run = promisify(execFile);

/** A real registry with the example in it, and how to read it. */
export interface RealRegistry {
  readonly name: string;
  readonly host: string;
  readonly repository: string;
  readonly example: Example;
  readonly options: OciClientOptions;
  /** Whether the client gets to know who is there: then reads without it must be refused. */
  readonly isGuarded: boolean;
  readonly hasReferrersApi: boolean;
}

/** Something to end, last first. */
export type Ends = (() => Promise<unknown>)[];

const user = 'alice';
const password = 'S3cret:pw';
const repository = 'acme/app';
const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const anonymous: OciClientOptions = { dockerConfig: false };
const credentials: OciClientOptions = { credentials: { username: user, password } };

/** Debian's registry in five modes. */
export async function startDebian(root: string, ends: Ends): Promise<readonly RealRegistry[]> {
  const program = findProgram('docker-registry') ?? '';
  const pki = await makeCertificates(join(root, 'pki'));
  const htpasswd = join(root, 'htpasswd');
  await writeFile(htpasswd, (await run(findProgram('htpasswd') ?? '', ['-Bbn', user, password])).stdout);
  const tokens = await startTokenServer(createPrivateKey(pki.tokenKey), pki.tokenCert, user, password);
  ends.push(tokens.close);

  const start = distributionIn(program, root, ends);
  const plain = await start('plain', '');
  const example = await pushExample(`http://${plain}`, repository);
  const guarded = await start('htpasswd', `auth:\n  htpasswd: {realm: test, path: ${htpasswd}}`);
  await pushExample(`http://${guarded}`, repository, basic);
  const token = await start(
    'token',
    `auth:\n  token: {realm: '${tokens.realm}', service: test, issuer: test-issuer, rootcertbundle: ${pki.path('token.crt')}}`,
    'plain',
  );
  const mtls = await start(
    'mtls',
    `  tls: {certificate: ${pki.path('server.crt')}, key: ${pki.path('server.key')}, clientcas: [${pki.path('ca.crt')}]}`,
    'plain',
  );
  const proxy = await start('pull-through', `proxy:\n  remoteurl: http://${plain}`);
  const shared = { repository, example, hasReferrersApi: false };
  const certificates = {
    ca: pki.ca,
    clientCertificates: [{ origins: [`https://${mtls}`], cert: pki.clientCert, key: pki.clientKey }],
  };
  return [
    { ...shared, name: 'Debian 2.8.2 plain', host: plain, options: anonymous, isGuarded: false },
    { ...shared, name: 'Debian 2.8.2 htpasswd', host: guarded, options: credentials, isGuarded: true },
    { ...shared, name: 'Debian 2.8.2 token', host: token, options: credentials, isGuarded: false },
    { ...shared, name: 'Debian 2.8.2 mTLS', host: mtls, options: { ...anonymous, ...certificates }, isGuarded: true },
    { ...shared, name: 'Debian 2.8.2 pull-through', host: proxy, options: anonymous, isGuarded: false },
  ];
}

/** Distribution 3, plain and as a pull-through cache. */
export async function startDistribution3(root: string, ends: Ends): Promise<readonly RealRegistry[]> {
  const start = distributionIn(findProgram('distribution3') ?? '', root, ends);
  const plain = await start('distribution3', '');
  const example = await pushExample(`http://${plain}`, repository);
  const proxy = await start('distribution3-pull-through', `proxy:\n  remoteurl: http://${plain}`);
  const shared = { repository, example, hasReferrersApi: false, options: anonymous, isGuarded: false };
  return [
    { ...shared, name: 'distribution 3 plain', host: plain },
    { ...shared, name: 'distribution 3 pull-through', host: proxy },
  ];
}

/** Starts registries of one program of distribution: the name of each, what else is in its configuration, and whose data it serves. */
function distributionIn(
  program: string,
  root: string,
  ends: Ends,
): (name: string, more: string, data?: string) => Promise<string> {
  return async (name, more, data = name) => {
    const port = await freePort();
    const file = join(root, `${name}.yml`);
    await writeFile(
      file,
      `version: 0.1\nlog: {level: warn}\nstorage:\n  filesystem: {rootdirectory: ${join(root, 'data', data)}}\nhttp:\n  addr: 127.0.0.1:${port}\n${more}\n`,
    );
    const started = await startProgram(program, ['serve', file], port, join(root, `${name}.log`), {
      OTEL_TRACES_EXPORTER: 'none',
    });
    ends.push(started.stop);
    return `127.0.0.1:${port}`;
  };
}

/** olareg in memory, with and without its referrers API. */
export async function startOlaregs(root: string, ends: Ends): Promise<readonly RealRegistry[]> {
  const program = findProgram('olareg') ?? '';
  const all: RealRegistry[] = [];
  for (const hasReferrersApi of [true, false]) {
    const name = `olareg ${hasReferrersApi ? 'with' : 'without'} referrers`;
    const port = await freePort();
    const args = ['serve', '--addr', '127.0.0.1', '--port', String(port), '--store-type', 'mem'];
    const log = join(root, `olareg-${hasReferrersApi}.log`);
    const started = await startProgram(program, [...args, `--api-referrer=${hasReferrersApi}`], port, log);
    ends.push(started.stop);
    const host = `127.0.0.1:${port}`;
    const example = await pushExample(`http://${host}`, repository);
    all.push({ name, host, repository, example, options: anonymous, isGuarded: false, hasReferrersApi });
  }
  return all;
}

/** go-containerregistry's registry: as `crane` serves it, without the referrers API, or by our own main with it. */
export async function startGgcr(program: string, root: string, ends: Ends): Promise<RealRegistry> {
  const hasReferrersApi = program === 'ggcr-registry';
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const args = hasReferrersApi ? [host] : ['registry', 'serve', '--address', host];
  const started = await startProgram(findProgram(program) ?? '', args, port, join(root, `${program}.log`));
  ends.push(started.stop);
  const example = await pushExample(`http://${host}`, repository);
  const name = `go-containerregistry ${hasReferrersApi ? 'with' : 'without'} referrers`;
  return { name, host, repository, example, options: anonymous, isGuarded: false, hasReferrersApi };
}

interface Certificates {
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly tokenCert: string;
  readonly tokenKey: string;
  path(name: string): string;
}

async function makeCertificates(directory: string): Promise<Certificates> {
  await mkdir(directory, { recursive: true });
  const openssl = async (...args: readonly string[]): Promise<unknown> =>
    await run(findProgram('openssl') ?? '', args, { cwd: directory });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-x509', ...ec, '-days', '2', '-subj', '/CN=test-ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  const issue = async (name: string, extensions: string): Promise<void> => {
    await openssl('req', ...ec, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    await writeFile(join(directory, `${name}.ext`), extensions);
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`);
  };
  await issue('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
  await issue('client', 'extendedKeyUsage=clientAuth\n');
  const rsa = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=token-issuer'];
  await openssl('req', '-x509', ...rsa, '-keyout', 'token.key', '-out', 'token.crt');
  const read = async (name: string): Promise<string> => await readFile(join(directory, name), 'utf8');
  return {
    ca: await read('ca.crt'),
    clientCert: await read('client.crt'),
    clientKey: await read('client.key'),
    tokenCert: await read('token.crt'),
    tokenKey: await read('token.key'),
    path: (name) => join(directory, name),
  };
}
