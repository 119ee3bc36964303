import type { Command } from 'commander';
import type { FoundCredentials } from 'oci-client-lite';
import type { VerifierOptions } from 'sigtrail';
import { parseImageLocator } from 'sigtrail/triangulate';
import { optionGroup } from './option-group.ts';
import { readInput } from './read-input.ts';
import { UsageError } from './usage-error.ts';

/** cosign's flags about who we are to a registry, and whom we take for it. */
export interface RegistryLoginFlags {
  readonly registryUsername?: string;
  readonly registryPassword?: string;
  readonly registryToken?: string;
  readonly registryCacert?: string;
  readonly registryClientCert?: string;
  readonly registryClientKey?: string;
  readonly attachmentRepository?: string;
}

/** Adds them to a command. */
export function withRegistryLoginFlags(command: Command): Command {
  return optionGroup(command, 'Reaching registries', (grouped) =>
    grouped
      .option('--registry-username <name>', 'user of the registry, instead of the login of Docker or Podman')
      .option('--registry-password <text>', 'its password; others can read it in the list of processes')
      .option('--registry-token <text>', 'bearer token of the registry, instead of user and password')
      .option(
        '--registry-cacert <file>',
        'PEM: authorities to trust for connections to registries, beside the usual ones',
      )
      .option('--registry-client-cert <file>', 'PEM: certificate to show to the registry')
      .option('--registry-client-key <file>', 'PEM: its private key'),
  );
}

type Registry = NonNullable<VerifierOptions['registry']>;
type Login = Pick<Registry, 'credentials' | 'ca' | 'clientCertificates'>;

/** Options of the registry client. A secret goes to the hosts that the command line names, and to no mirror or variable's host. */
export async function registryLoginOf(
  flags: RegistryLoginFlags,
  references: readonly string[],
  warn: (line: string) => void,
): Promise<Login> {
  const { registryCacert, registryClientCert, registryClientKey, attachmentRepository } = flags;
  for (const [name, value] of Object.entries(flags))
    if (name.startsWith('registry') && value === '')
      throw new UsageError(
        `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is empty; leave it out`,
      );
  const hosts = new Set(
    [...references, ...(attachmentRepository === undefined ? [] : [attachmentRepository])].flatMap((text) => {
      const locator = parseImageLocator(text);
      return locator.kind === 'registry' ? [locator.reference.registry] : [];
    }),
  );
  if ((registryClientCert === undefined) !== (registryClientKey === undefined))
    throw new UsageError('--registry-client-cert and --registry-client-key need each other');
  const credentials = credentialsOf(flags, warn);
  return {
    ...(credentials === undefined
      ? {}
      : { credentials: (host: string) => (hosts.has(host) ? credentials : undefined) }),
    ...(registryCacert === undefined ? {} : { ca: await readPem('--registry-cacert', registryCacert) }),
    ...(registryClientCert === undefined || registryClientKey === undefined
      ? {}
      : {
          clientCertificates: [
            {
              origins: [...hosts].map((host) => `https://${host}`),
              cert: await readPem('--registry-client-cert', registryClientCert),
              key: await readPem('--registry-client-key', registryClientKey),
            },
          ],
        }),
  };
}

function credentialsOf(
  { registryUsername: username, registryPassword: password, registryToken: token }: RegistryLoginFlags,
  warn: (line: string) => void,
): FoundCredentials | undefined {
  if (token !== undefined && (username !== undefined || password !== undefined))
    throw new UsageError('--registry-token and --registry-username, --registry-password exclude each other');
  if ((username === undefined) !== (password === undefined))
    throw new UsageError('--registry-username and --registry-password need each other');
  const flag = token === undefined ? '--registry-password' : '--registry-token';
  if (token !== undefined || password !== undefined)
    warn(
      `warning: ${flag}: others on this machine can read it in the list of processes, and shells keep it in their history; docker login keeps it out of both`,
    );
  if (token !== undefined) return { token, from: '--registry-token' };
  return username === undefined || password === undefined
    ? undefined
    : { username, password, from: '--registry-username' };
}

async function readPem(flag: string, file: string): Promise<string> {
  const text = await readInput(flag, file);
  if (!text.includes('-----BEGIN ')) throw new UsageError(`${flag} ${file} is not PEM`);
  return text;
}
