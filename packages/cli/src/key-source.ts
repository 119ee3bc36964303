import { createHttp, isHttpError, proxyFromEnvironment } from '@sigtrail/http';
import { parsePublicKey, type PublicKeyInfo } from 'sigtrail/policy';
import { readBytes, readStandardInput } from './read-input.ts';
import { UsageError } from './usage-error.ts';

/** Flags about the key that must have signed. */
export interface KeyFlags {
  readonly key?: string;
  readonly keyFingerprint?: string;
  readonly insecureUnpinnedKey?: boolean;
  readonly timeout?: string;
}

/** Public keys are hundreds of bytes; what is larger is something else. */
const MAX_BYTES = 64 * 1024;

/** Reads a public key from where a flag says: a file, `-`, `env://NAME` or `https://…`. Where it can't be read from there, the message says how to get it. */
export async function readKeySource(
  source: string,
  flags: Omit<KeyFlags, 'key'>,
  warn: (line: string) => void,
  timeoutMs = 30_000,
  flag = '--key',
): Promise<PublicKeyInfo> {
  const { keyFingerprint: pinned, insecureUnpinnedKey } = flags;
  if (pinned !== undefined && !/^sha256:[0-9a-f]{64}$/.test(pinned))
    throw new UsageError(
      `--key-fingerprint must be sha256: and 64 hexadecimal digits, as reports show a key, got ${JSON.stringify(pinned)}`,
    );
  const isRemote = /^https?:/i.test(source);
  if (insecureUnpinnedKey === true && !isRemote)
    throw new UsageError(`--insecure-unpinned-key is for a key from https://, and ${flag} ${source} is not one`);
  if (isRemote && pinned === undefined && insecureUnpinnedKey !== true)
    throw new UsageError(
      `${flag} ${source}: the server there decides who may sign; pin the key with --key-fingerprint sha256:…, keep a copy of it as a file, or take what comes with --insecure-unpinned-key`,
    );
  const key = parsePublicKey(await readSource(source, flag, timeoutMs), `${flag} ${source}`);
  if (pinned !== undefined && key.fingerprint !== pinned)
    throw new UsageError(
      `${flag} ${source} is not the key of --key-fingerprint: expected ${pinned}, got ${key.fingerprint}`,
    );
  if (insecureUnpinnedKey === true && pinned === undefined)
    warn(
      `warning: --insecure-unpinned-key: the server at ${source} decides who may sign; this time the key is ${key.fingerprint}: pin it with --key-fingerprint`,
    );
  return key;
}

async function readSource(source: string, flag: string, timeoutMs: number): Promise<Uint8Array> {
  if (source === '-') return readStandardInput(MAX_BYTES, 'a public key');
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(source) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined: {
      const bytes = await readBytes(flag, source);
      if (bytes.byteLength > MAX_BYTES)
        throw new UsageError(`${flag} ${source} is larger than 64 KiB; expected a public key`);
      return bytes;
    }
    case 'env':
      return readVariable(rest, flag);
    case 'https':
    case 'http':
      return download(source, flag, timeoutMs);
    default:
      throw new UsageError(`${flag} ${source}: ${howToGet(scheme?.toLowerCase() ?? '', source, rest)}`);
  }
}

function readVariable(name: string, flag: string): Uint8Array {
  const value = process.env[name];
  if (name === '' || value === undefined || value === '')
    throw new UsageError(
      `${flag} env://${name}: the environment variable ${name === '' ? '(without a name)' : name} is not set`,
    );
  return Buffer.from(value);
}

const CLOUDS: Readonly<Record<string, string>> = {
  awskms: 'AWS KMS',
  gcpkms: 'Google Cloud KMS',
  azurekms: 'Azure Key Vault',
  hashivault: 'HashiCorp Vault',
  openbao: 'OpenBao',
  pkcs11: 'a PKCS #11 token',
};

/** For each place that Sigtrail doesn't read from: the command that prints the public key, which is all that a verifier needs. */
function howToGet(scheme: string, source: string, rest: string): string {
  if (scheme === 'file') return `give the path alone: --key ${rest}`;
  if (scheme === 'k8s') {
    const [namespace = '', name = ''] = rest.split('/');
    return `secrets of Kubernetes are not read; get the public key by: kubectl get secret -n ${namespace} ${name} -o jsonpath='{.data.cosign\\.pub}' | base64 -d >cosign.pub, and give --key cosign.pub`;
  }
  if (scheme === 'gitlab')
    return 'variables of GitLab are not read; cosign keeps the public key in the project’s variable COSIGN_PUBLIC_KEY: in a job give --key env://COSIGN_PUBLIC_KEY, elsewhere save it to a file';
  const place = CLOUDS[scheme];
  if (place !== undefined)
    return `${place} is not asked; save the public key once by: cosign public-key --key ${source} >cosign.pub, and give --key cosign.pub (in code: a KeyResolver)`;
  return 'expected a file, - for standard input, env://NAME, or https:// with --key-fingerprint';
}

async function download(source: string, flag: string, timeoutMs: number): Promise<Uint8Array> {
  const url = URL.parse(source);
  if (url === null) throw new UsageError(`${flag} ${source} is not an address`);
  const http = createHttp({ proxy: proxyFromEnvironment(process.env), userAgent: 'sigtrail' });
  try {
    const { status, body } = await http.request({ url, maxBytes: MAX_BYTES, timeoutMs });
    if (status === 200) return body;
    throw new UsageError(`${flag} ${url.origin}${url.pathname}: the server answered ${status}; expected a public key`);
  } catch (error) {
    if (isHttpError(error) && error.code === 'insecure-http')
      throw new UsageError(`${flag} ${source}: anyone on the way can replace what comes by http; expected https://`);
    throw error;
  } finally {
    await http.close();
  }
}
