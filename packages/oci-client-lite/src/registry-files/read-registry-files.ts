import { checkOptions, expecting, optionError, type OptionTable } from '@sigtrail/encoding';
import type { OciClientOptions } from '../registry/client-options.ts';
import { isLoopback } from '../registry/loopback.ts';
import { namedForPlainHttp } from '../registry/plain-http.ts';
import { readContainerdHosts } from './containerd-hosts.ts';
import { type FileContext, readRegistriesConf } from './registries-conf.ts';

/** Which files to follow. Only the files that are named here are read. */
export interface RegistryFiles {
  /** A directory of containerd, with `HOST/hosts.toml` in it: often `/etc/containerd/certs.d`. */
  readonly containerdHosts?: string | undefined;
  /** Podman's file in version 2 of its format: often `/etc/containers/registries.conf`. Neither other files in its directory nor a `registries.conf.d` are read. */
  readonly registriesConf?: string | undefined;
  /** `host[:port]` entries that the files may reach over plain http; `*` is every host. Without an entry here, a file that asks for plain http is refused. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Called with each setting that is ignored, and its place: those for short names. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** The options of `createOciClient` that the files translate to. */
export type OptionsFromFiles = Pick<
  OciClientOptions,
  'routes' | 'insecureRegistries' | 'originAuthorities' | 'clientCertificates'
>;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && !value.includes('\0');
const aPath = expecting('a path', isText);
const OPTIONS: OptionTable<RegistryFiles> = {
  containerdHosts: aPath,
  registriesConf: aPath,
  insecureRegistries: expecting('a list of host[:port]', (value) => Array.isArray(value) && value.every(isText)),
  onWarning: expecting('a function', (value) => typeof value === 'function'),
};

/**
 * Reads what containerd's `hosts.toml` and Podman's `registries.conf` say about mirrors, other places and authorities of registries. They are followed to the
 * letter or refused: an unsupported setting is an error that names it, with line and column. TLS verification is never turned off, plain http is only for hosts that
 * `insecureRegistries` names too, and short names are never expanded. If both files are about the same registry, the longer prefix counts; if
 * the prefixes are equally long, the entry that blocks, then containerd's.
 *
 * @example
 * ```ts
 * const files = await readRegistryFiles({ containerdHosts: '/etc/containerd/certs.d' });
 * const client = createOciClient({ ...files });
 * ```
 * @throws OciError `invalid-config`
 * @throws TypeError for an unknown or malformed option, and if no file is named
 */
export async function readRegistryFiles(files: RegistryFiles): Promise<OptionsFromFiles> {
  checkOptions(files, OPTIONS, 'readRegistryFiles');
  const { containerdHosts, registriesConf, insecureRegistries = [], onWarning } = files;
  if (containerdHosts === undefined && registriesConf === undefined)
    throw optionError('invalid-option', 'readRegistryFiles: name "containerdHosts" or "registriesConf"');
  const isNamed = namedForPlainHttp(insecureRegistries);
  const context: FileContext = {
    isInsecure: (host) => isNamed(host) || isLoopback(host),
    warn: (text) => onWarning?.(text),
  };
  const hosts = containerdHosts === undefined ? undefined : await readContainerdHosts(containerdHosts, context);
  const podman = registriesConf === undefined ? [] : await readRegistriesConf(registriesConf, context);
  return {
    routes: [...(hosts?.routes ?? []), ...podman],
    ...(insecureRegistries.length === 0 ? {} : { insecureRegistries }),
    ...(hosts === undefined || hosts.originAuthorities.length === 0
      ? {}
      : { originAuthorities: hosts.originAuthorities }),
    ...(hosts === undefined || hosts.clientCertificates.length === 0
      ? {}
      : { clientCertificates: hosts.clientCertificates }),
  };
}
