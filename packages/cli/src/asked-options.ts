import type { VerifyImageOptions } from 'sigtrail';
import type { Defaults } from './defaults.ts';
import { imageOptionsOf } from './options.ts';
import { registryLoginOf } from './registry-login.ts';
import type { VerifyFlags } from './verify-flags.ts';

/** The options of a question about one image, with the login that the command line gives for its registry. */
export async function askedOptionsOf(
  reference: string,
  flags: VerifyFlags,
  warn: (line: string) => void,
  defaults: Defaults,
): Promise<VerifyImageOptions> {
  const login = await registryLoginOf(flags, reference, warn);
  const options = await imageOptionsOf(flags, warn, defaults);
  if (Object.keys(login).length === 0) return options;
  const { registry = {} } = options;
  const clientCertificates = [...(registry.clientCertificates ?? []), ...(login.clientCertificates ?? [])];
  return {
    ...options,
    registry: { ...registry, ...login, ...(clientCertificates.length === 0 ? {} : { clientCertificates }) },
  };
}
