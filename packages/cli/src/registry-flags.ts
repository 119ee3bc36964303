import type { Command } from 'commander';
import { optionGroup } from './option-group.ts';
import { isOciError, type OptionsFromFiles, readRegistryFiles } from 'oci-client-lite';
import type { VerifierOptions } from 'sigtrail';
import { safeText } from 'sigtrail/report';
import { UsageError } from './usage-error.ts';

/** Flags that say how registries are reached. */
export interface RegistryFlags {
  readonly allowHttpRegistry?: boolean;
  readonly allowInsecureRegistry?: boolean;
  readonly containerdHosts?: string;
  readonly registriesConf?: string;
}

/** Adds the flags to a command. Every command that reads a registry has them, and hands them to `registryOf`. */
export function withRegistryFlags(command: Command): Command {
  return optionGroup(command, 'Reaching registries', (grouped) =>
    grouped
      .option('--allow-http-registry', 'weakens: plain http for any registry')
      .option('--allow-insecure-registry', 'weakens: the same')
      .option(
        '--containerd-hosts <dir>',
        'mirrors and authorities from HOST/hosts.toml, such as /etc/containerd/certs.d',
      )
      .option(
        '--registries-conf <file>',
        'mirrors and places from Podman’s file, such as /etc/containers/registries.conf',
      ),
  );
}

/** How registries are reached. */
export async function registryOf(
  flags: RegistryFlags,
  warn: (line: string) => void,
): Promise<Pick<VerifierOptions, 'registry'>> {
  const allowHttp = flags.allowHttpRegistry === true || flags.allowInsecureRegistry === true;
  if (allowHttp)
    warn(
      `warning: ${flags.allowHttpRegistry === true ? '--allow-http-registry' : '--allow-insecure-registry'}: credentials and answers cross the network in clear; anybody on the way can hide or delay signatures`,
    );
  const registry = {
    ...(allowHttp ? { insecureRegistries: ['*'] } : {}),
    ...(await fromFiles(flags, allowHttp, warn)),
  };
  return Object.keys(registry).length === 0 ? {} : { registry };
}

async function fromFiles(
  { containerdHosts, registriesConf }: RegistryFlags,
  allowHttp: boolean,
  warn: (line: string) => void,
): Promise<OptionsFromFiles> {
  for (const [flag, value] of [
    ['--containerd-hosts', containerdHosts],
    ['--registries-conf', registriesConf],
  ])
    if (value === '') throw new UsageError(`${flag} is empty; leave it out`);
  if (containerdHosts === undefined && registriesConf === undefined) return {};
  try {
    return await readRegistryFiles({
      containerdHosts,
      registriesConf,
      insecureRegistries: allowHttp ? ['*'] : undefined,
      onWarning: (text) => warn(`warning: ${safeText(text)}`),
    });
  } catch (error) {
    if (!isOciError(error)) throw error;
    const hint = /insecureRegistries/.test(error.message) ? '; here, --allow-http-registry names every host' : '';
    throw new UsageError(`${error.message}${hint}`);
  }
}
