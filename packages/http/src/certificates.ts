import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** A certificate that shows who we are (mTLS), and the only origins it is shown to. */
export interface ClientCertificate {
  /** `https://host[:port]` each. A server elsewhere never sees it, nor does one that a redirect came back to. */
  readonly origins: readonly string[];
  /** PEM, with its intermediates after it. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly passphrase?: string | undefined;
}

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
 * @throws TypeError for what is not a certificate, a key that doesn't belong to it, or an origin that is not https; the value is never in the message
 */
export function createCertificates(
  ca: string | readonly string[] | undefined,
  clientCertificates: readonly ClientCertificate[] = [],
): Certificates {
  const extra = ca === undefined ? undefined : readAuthorities(typeof ca === 'string' ? [ca] : ca);
  // undici's (and Node's) `ca` replaces the roots: a private authority must not cost us the public ones.
  const authorities = extra === undefined ? undefined : [...getCACertificates('default'), ...extra];
  // Made once: a context for each connection would read some 150 certificates each time.
  const plain = authorities === undefined ? undefined : createSecureContext({ ca: authorities });
  const byOrigin = new Map<string, number>();
  const contexts = clientCertificates.map(({ origins, cert, key, passphrase }, index) => {
    if (origins.length === 0) throw new TypeError('"clientCertificates[].origins" must name an origin');
    for (const origin of origins) byOrigin.set(readOrigin(origin), index);
    try {
      return createSecureContext({
        cert,
        key,
        ...(passphrase === undefined ? {} : { passphrase }),
        ...(authorities === undefined ? {} : { ca: authorities }),
      });
    } catch (cause) {
      throw new TypeError('"clientCertificates[]" must be a PEM certificate and its key', { cause });
    }
  });
  return {
    shownTo: (origin) => byOrigin.get(origin),
    context: (shown) => (shown === undefined ? plain : contexts[shown]),
  };
}

function readAuthorities(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) throw new TypeError('"ca" must be PEM certificates');
    for (const block of blocks) {
      try {
        void new X509Certificate(block);
      } catch (cause) {
        throw new TypeError('"ca" holds a certificate that can\'t be read', { cause });
      }
    }
    return blocks;
  });
}

function readOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw new TypeError(
      '"clientCertificates[].origins" must hold https origins, such as "https://registry.example:5000"',
    );
  return url.origin;
}
