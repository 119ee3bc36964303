import tls, { createSecureContext, type SecureContext } from 'node:tls';
import {
  checkAuthorities,
  checkClientCertificates,
  type ClientCertificate,
  readAuthorities,
  readOrigin,
} from './check-certificates.ts';

/** The TLS settings of each origin, read once. */
export interface Certificates {
  /** A key for the sockets that show a certificate to this origin, `undefined` where no certificate is configured. */
  shownTo(origin: string): number | undefined;
  /** The secure context for such sockets; `undefined` is Node's own. */
  context(shown: number | undefined): SecureContext | undefined;
}

/**
 * Reads `ca` and `clientCertificates`.
 *
 * @throws TypeError `unknown-option`, `invalid-option` for what is not a certificate, a key that doesn't belong to it, or an origin that is not
 * https; the value is never in the message
 */
export function createCertificates(
  ca: string | readonly string[] | undefined,
  clientCertificates: readonly ClientCertificate[] = [],
): Certificates {
  if (ca !== undefined) checkAuthorities(ca);
  checkClientCertificates(clientCertificates);
  const extra = ca === undefined ? undefined : readAuthorities(ca);
  // undici's (and Node's) `ca` replaces the roots: a private authority must not cost us the public ones.
  const authorities = extra === undefined ? undefined : [...tls.getCACertificates('default'), ...extra];
  // Made once: a context for each connection would read some 150 certificates each time.
  const plain = authorities === undefined ? undefined : createSecureContext({ ca: authorities });
  const byOrigin = new Map<string, number>();
  const contexts = clientCertificates.map(({ origins, cert, key, passphrase }, index) => {
    for (const origin of origins) byOrigin.set(readOrigin(origin), index);
    return createSecureContext({
      cert,
      key,
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(authorities === undefined ? {} : { ca: authorities }),
    });
  });
  return {
    shownTo: (origin) => byOrigin.get(origin),
    context: (shown) => (shown === undefined ? plain : contexts[shown]),
  };
}
