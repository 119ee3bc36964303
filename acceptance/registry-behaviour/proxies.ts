import type { Behaviour } from './behaviour.ts';
import { open } from './configurations.ts';
import type { RegistryServer } from './registry-server.ts';
import type { Setting } from './setting.ts';

/** A setting whose registry, spoken to by TLS, is behind this proxy. */
const behind =
  (proxy: (server: RegistryServer) => string): ((server: RegistryServer) => Setting) =>
  (server) => ({
    registry: 'registry.corp.example',
    tls: true,
    environment: { https_proxy: proxy(server) },
  });

const tunnelAnswers =
  (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour['respond'] =>
  () =>
  (request, response) => {
    if (request.method !== 'CONNECT') return false;
    response.writeHead(status, { ...headers, connection: 'close', 'content-length': '0' });
    response.end();
    return true;
  };

const itself = ({ host }: RegistryServer): string => `http://${host}`;

const broken: readonly (readonly [
  name: string,
  respond: Behaviour['respond'],
  proxy: (server: RegistryServer) => string,
])[] = [
  [
    'that wants a password (407)',
    tunnelAnswers(407, { 'proxy-authenticate': 'Basic realm="corp"' }),
    ({ host }) => `http://u:wrong@${host}`,
  ],
  ['that wants NTLM (407)', tunnelAnswers(407, { 'proxy-authenticate': 'NTLM' }), itself],
  ['whose policy forbids the host (403)', tunnelAnswers(403), itself],
  ['that doesn’t reach the registry (502)', tunnelAnswers(502), itself],
  ['that refuses connections', open, () => 'http://127.0.0.1:1'],
  ['whose name doesn’t resolve', open, () => 'http://proxy.invalid:3128'],
];

/** Proxies between the client and the registry. */
export const proxies: readonly Behaviour[] = [
  {
    name: 'a proxy that works, for a registry without TLS',
    operation: 'manifest',
    respond: open,
    setting: ({ host }) => ({
      registry: 'registry.corp.example:5000',
      environment: { http_proxy: `http://${host}`, https_proxy: `http://${host}` },
    }),
    ours: 'reads the manifest',
    why: 'The variables are read as Go programs read them.',
  },
  ...broken.map(
    ([name, respond, proxy]): Behaviour => ({
      name: `a proxy ${name}`,
      operation: 'manifest',
      respond,
      setting: behind(proxy),
      ours: 'refuses: proxy',
      why: 'The proxy failed, not the registry: the message names the proxy and says what to check.',
    }),
  ),
  ...(
    [
      ['whose password has a # that isn’t escaped', ({ host }: RegistryServer) => `http://u:p#s@${host}`],
      ['of the kind socks5', ({ host }: RegistryServer) => `socks5://${host}`],
    ] as const
  ).map(
    ([name, proxy]): Behaviour => ({
      name: `a proxy ${name}`,
      operation: 'manifest',
      respond: open,
      setting: behind(proxy),
      ours: 'refuses: invalid-config',
      why: 'It is refused by name, before any request: a half-understood address would lead elsewhere.',
    }),
  ),
];
