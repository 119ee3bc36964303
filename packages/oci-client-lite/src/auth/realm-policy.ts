import { redactUrl } from '@sigtrail/http';
import { OciError } from '../error.ts';
import { harmless } from '../harmless.ts';

/**
 * Which token servers a registry may send us to; the rules for addresses apply as well. `any`: every token server, which Docker Hub and most
 * others need; `same-host`: only on the registry's own host. Or a function of the token server's address and the registry's `host[:port]`.
 */
export type RealmPolicy = 'any' | 'same-host' | ((realm: URL, registry: string) => boolean | Promise<boolean>);

/** The address of a token server, from a challenge. @throws OciError `blocked-redirect` */
export async function checkRealm(realm: string, namedBy: string, policy: RealmPolicy): Promise<URL> {
  const url = URL.parse(realm);
  const registry = new URL(namedBy);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw blocked(
      `${registry.host} names “${shown(realm)}” as its token server, in the realm of its challenge; expected an http or https address: tell those who run the registry`,
      realm,
    );
  if (url.username !== '' || url.password !== '')
    throw blocked(
      `${registry.host} names a token server at ${url.host} with a user in its address, which this client does not send`,
      url,
    );
  if (url.protocol === 'http:' && registry.protocol === 'https:')
    throw blocked(
      `${registry.host} is reached over https, but names a token server at ${url.host} over plain http, which this client does not ask`,
      url,
    );
  if (!(await allows(policy, url, registry)))
    throw blocked('"realmPolicy" does not allow this registry to name this token server', url);
  url.hash = '';
  return url;
}

/** What a registry wrote where an address belongs. The part before an @ may be a password. */
function shown(realm: string): string {
  return harmless(realm.replace(/^.*@/s, ''));
}

async function allows(policy: RealmPolicy, realm: URL, registry: URL): Promise<boolean> {
  if (policy === 'any') return true;
  if (policy === 'same-host') return realm.hostname === registry.hostname;
  return (await policy(new URL(realm), registry.host)) === true;
}

function blocked(message: string, url: string | URL): OciError {
  return new OciError('blocked-redirect', message, { url: redactUrl(url) });
}
