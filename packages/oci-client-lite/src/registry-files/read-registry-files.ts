import { checkOptions, expecting, optionError, type OptionTable } from '@sigtrail/encoding';
import type { OciClientOptions } from '../registry/client-options.ts';
import { isLoopback } from '../registry/loopback.ts';
import { namedForPlainHttp } from '../registry/plain-http.ts';
import { readContainerdHosts } from './containerd-hosts.ts';
import { type FileContext, readRegistriesConf } from './registries-conf.ts';

/** Which files to follow. Nothing is read that is not named here. */
export interface RegistryFiles {
  /** A directory of containerd, with `HOST/hosts.toml` in it: often `/etc/containerd/certs.d`. */
  readonly containerdHosts?: string | undefined;
  /** Podman's file in its version 2: often `/etc/containers/registries.conf`. No file beside it is read, nor a `registries.conf.d`. */
  readonly registriesConf?: string | undefined;
  /** `host[:port]` entries that the files may reach by plain http; `*` is every host. Without an entry here, a file that asks for it is refused. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Called with each setting that is left out, and its place: those for short names. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** Options of `createOciClient` that files came to. */
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
 * Reads what containerd's `hosts.toml` and Podman's `registries.conf` say of mirrors, other places and authorities of registries. They are followed to the
 * letter or refused: what is not supported is an error that names it, with line and column. TLS is never left out, plain http is only for hosts that
 * `insecureRegistries` names too, and short names are never expanded. Where both speak of a registry, the longer prefix counts; of
 * equally long ones the one that blocks, then containerd's.
 *
 * @example
 * ```ts
 * const files = await readRegistryFiles({ containerdHosts: '/etc/containerd/certs.d' });
 * const client = createOciClient({ ...files });
 * ```
 * @throws OciError `invalid-config`
 * @throws TypeError for an unknown or malformed option, and where no file is named
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
