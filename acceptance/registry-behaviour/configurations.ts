import type { Behaviour } from './behaviour.ts';
import type { RegistryServer } from './registry-server.ts';
import { type Setting, loggedIn } from './setting.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A registry that requires this user and password by Basic. */
export function basicFor(login: string): Behaviour['respond'] {
  return () => (request, response) => {
    if (request.headers.authorization === `Basic ${base64(login)}`) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"', 'content-type': 'application/json' });
    response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    return true;
  };
}

/** A registry that lets everyone in. */
export const open: Behaviour['respond'] = () => () => false;

const config =
  (content: (host: string) => object | string): ((server: RegistryServer) => Setting) =>
  ({ host }) => {
    const value = content(host);
    return { config: typeof value === 'string' ? value : JSON.stringify(value) };
  };

const entry = { auth: base64('u:p') };
const keyed = (key: (host: string) => string): ((server: RegistryServer) => Setting) =>
  config((host) => ({ auths: { [key(host)]: entry } }));

const keys: readonly (readonly [name: string, key: (host: string) => string])[] = [
  ['host', (host) => host],
  ['https://host', (host) => `https://${host}`],
  ['host/', (host) => `${host}/`],
  ['https://host/', (host) => `https://${host}/`],
  ['https://host/v1/', (host) => `https://${host}/v1/`],
  ['https://host/v2', (host) => `https://${host}/v2`],
  ['host/v1/', (host) => `${host}/v1/`],
  ['host/v2', (host) => `${host}/v2`],
  ['host/acme', (host) => `${host}/acme`],
  ['host/acme/', (host) => `${host}/acme/`],
  ['https://host/acme', (host) => `https://${host}/acme`],
];

const longLogin = `u:${'x'.repeat(120)}`;
const wrapped = (end: string) => (host: string) => ({
  auths: { [host]: { auth: base64(longLogin).replace(/(.{76})/g, `$1${end}`) } },
});

const spoiled: readonly (readonly [name: string, content: (host: string) => object])[] = [
  ['another host’s entry is null', (host) => ({ auths: { 'ghcr.io': null, [host]: entry } })],
  ['another host’s auth is not base64', (host) => ({ auths: { 'ghcr.io': { auth: '%%%' }, [host]: entry } })],
  ['another host’s helper is null', (host) => ({ auths: { [host]: entry }, credHelpers: { 'ghcr.io': null } })],
  ['credsStore is empty', (host) => ({ auths: { [host]: entry }, credsStore: '' })],
];

const withoutEntries: readonly (readonly [name: string, content: (host: string) => object | string])[] = [
  ['an empty file', () => ''],
  ['a file that holds null', () => 'null'],
  ['a null entry for the registry', (host) => ({ auths: { [host]: null } })],
];

/** Docker configurations as people have them. */
export const configurations: readonly Behaviour[] = [
  ...keys.map(
    ([name, key]): Behaviour => ({
      name: `credentials under the key ${name}`,
      operation: 'manifest',
      respond: basicFor('u:p'),
      setting: keyed(key),
      ours: 'reads the manifest',
      why: 'A key that is an address serves its whole host, as for Docker; a key with a path serves that path, as for Podman.',
    }),
  ),
  {
    name: 'credentials under the key of another port',
    operation: 'manifest',
    respond: basicFor('u:p'),
    setting: keyed((host) => host.replace(/:\d+$/, ':1')),
    ours: 'refuses: unauthorized',
    why: 'Another port may belong to another owner.',
  },
  {
    name: 'credentials under the key of another path',
    operation: 'manifest',
    respond: basicFor('u:p'),
    setting: keyed((host) => `${host}/other`),
    ours: 'refuses: unauthorized',
    why: 'The user gave the credentials for that path.',
  },
  ...(['\n', '\r\n'] as const).map(
    (end): Behaviour => ({
      name: `auth wrapped at 76 columns with ${end === '\n' ? 'LF' : 'CRLF'}`,
      operation: 'manifest',
      respond: basicFor(longLogin),
      setting: config(wrapped(end)),
      ours: 'reads the manifest',
      why: '`base64` without `-w0` writes line ends, and Go’s decoder skips them.',
    }),
  ),
  ...spoiled.map(
    ([name, content]): Behaviour => ({
      name: `a configuration in which ${name}`,
      operation: 'manifest',
      respond: basicFor('u:p'),
      setting: config(content),
      ours: 'reads the manifest',
      why: 'A bad entry doesn’t affect the credentials of other hosts.',
    }),
  ),
  ...withoutEntries.map(
    ([name, content]): Behaviour => ({
      name: `a public image and ${name}`,
      operation: 'manifest',
      respond: open,
      setting: config(content),
      ours: 'reads the manifest',
      why: 'An empty configuration holds no credentials.',
    }),
  ),
  {
    name: 'a configuration with a comma too many',
    operation: 'manifest',
    respond: basicFor('u:p'),
    setting: config((host) => `{"auths":{"${host}":{"auth":"${entry.auth}"},}}`),
    ours: 'refuses: invalid-config',
    why: 'We would have to guess what it means; the message gives line and column.',
  },
  {
    name: 'a blank DOCKER_AUTH_CONFIG beside a good file',
    operation: 'manifest',
    respond: basicFor('u:p'),
    setting: (server) => ({ ...loggedIn(server), environment: { DOCKER_AUTH_CONFIG: ' ' } }),
    ours: 'reads the manifest',
    why: 'CI leaves the variable empty, so it counts as unset.',
  },
  {
    name: 'DOCKER_AUTH_CONFIG for another host beside a good file',
    met: 'go-containerregistry #2172',
    operation: 'manifest',
    respond: basicFor('u:p'),
    setting: (server) => ({
      ...loggedIn(server),
      environment: { DOCKER_AUTH_CONFIG: '{"auths":{"other.example":{"auth":"eDp5"}}}' },
    }),
    ours: 'reads the manifest',
    why: 'The variable extends the file; it doesn’t replace it.',
  },
];
