import type { ExplicitCredentials, Keychain, OciClientOptions } from '../registry/client-options.ts';
import type { Credentials } from './credentials.ts';
import type { CredentialSource } from './credential-source.ts';
import { createConfigCredentials } from './docker-config.ts';
import { OciError } from '../error.ts';
import { parseReference } from '../reference/reference.ts';

/** The source of credentials that the options of a client describe; `now` is a clock in milliseconds that never goes back. */
export function createCredentialSource(options: OciClientOptions, now: () => number): CredentialSource {
  const { credentials } = options;
  if (typeof credentials === 'function') return fromKeychain(credentials);
  if (credentials !== undefined) return fromExplicit(credentials);
  if (options.dockerConfig === false) return anonymous;
  const httpHeadersFor = new Set((options.httpHeadersFor ?? []).map((host) => parseReference(`${host}/x`).registry));
  const { dockerConfig, env = process.env } = options;
  return createConfigCredentials({ dockerConfig, env, httpHeadersFor }, now);
}

const anonymous: CredentialSource = { find: () => Promise.resolve({ renewable: false, isFixed: true }) };

/** The source for mirrors: credentials that name no registry are not for a mirror. */
export function createMirrorCredentialSource(options: OciClientOptions, source: CredentialSource): CredentialSource {
  const { credentials } = options;
  const unaddressed =
    credentials !== undefined && typeof credentials !== 'function' && credentials.registry === undefined;
  return unaddressed ? anonymous : source;
}

function fromKeychain(keychain: Keychain): CredentialSource {
  return {
    find: async (registry, repository) => {
      const found = await keychain(registry, repository);
      return {
        credentials: checkCredentials(found),
        renewable: true,
        from: found?.from ?? 'the function of the "credentials" option',
      };
    },
  };
}

function fromExplicit(given: ExplicitCredentials): CredentialSource {
  const { registry: only, ...credentials } = given;
  const registry = only === undefined ? undefined : parseReference(`${only}/x`).registry;
  const found = checkCredentials(credentials);
  return {
    find: (asked) =>
      Promise.resolve({
        credentials: registry === undefined || registry === asked ? found : undefined,
        renewable: false,
        isFixed: true,
        from: 'the "credentials" option',
      }),
  };
}

/** Checks that credentials can be sent. @throws OciError `invalid-config` */
export function checkCredentials(found: Credentials | undefined): Credentials | undefined {
  if (found !== undefined && 'token' in found && !/^[\x21-\x7e]+$/.test(found.token))
    throw new OciError('invalid-config', 'the token is not printable ASCII');
  return found;
}
