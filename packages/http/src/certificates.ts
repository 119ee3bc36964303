import tls, { createSecureContext, type SecureContext } from 'node:tls';
import {
  checkAuthorities,
  checkClientCertificates,
  checkOriginAuthorities,
  type ClientCertificate,
  type OriginAuthorities,
  readAuthorities,
  readOrigin,
} from './check-certificates.ts';

/** The TLS settings of each origin, read once. */
export interface Certificates {
  /** Names the settings of sockets to this origin: what they trust, and the certificate that they may show. `undefined`: the settings that all other origins have. */
  settingOf(origin: string, showCertificate: boolean): string | undefined;
  /** The secure context for such sockets; `undefined` is Node's own. */
  context(setting: string | undefined): SecureContext | undefined;
}

/** What certificates are made from. */
export interface CertificateOptions {
  readonly ca?: string | readonly string[] | undefined;
  readonly originAuthorities?: readonly OriginAuthorities[] | undefined;
  readonly clientCertificates?: readonly ClientCertificate[] | undefined;
}

/**
 * Reads `ca`, `originAuthorities` and `clientCertificates`.
 *
 * @throws TypeError `unknown-option`, `invalid-option` for anything that is not a certificate, a key that doesn't belong to it, or an origin that is not
 * https; the value is never in the message
 */
export function createCertificates({
  ca,
  originAuthorities = [],
  clientCertificates = [],
}: CertificateOptions): Certificates {
  if (ca !== undefined) checkAuthorities(ca);
  checkOriginAuthorities(originAuthorities);
  checkClientCertificates(clientCertificates);
  const everywhere = ca === undefined ? [] : readAuthorities(ca);
  const trusted = new Map<string, string[]>();
  for (const { origins, ca: extra } of originAuthorities)
    for (const origin of origins.map((text) => readOrigin(text, 'originAuthorities')))
      trusted.set(origin, [...(trusted.get(origin) ?? []), ...readAuthorities(extra)]);
  const shown = new Map(
    clientCertificates.flatMap((certificate) =>
      certificate.origins.map((text) => [readOrigin(text, 'clientCertificates'), certificate] as const),
    ),
  );
  // undici's (and Node's) `ca` replaces the roots: a private authority must not cost us the public ones.
  const contextFor = (extra: readonly string[], certificate: ClientCertificate | undefined): SecureContext => {
    const authorities = [...everywhere, ...extra];
    return createSecureContext({
      ...(authorities.length === 0 ? {} : { ca: [...tls.getCACertificates('default'), ...authorities] }),
      ...(certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key }),
      ...(certificate?.passphrase === undefined ? {} : { passphrase: certificate.passphrase }),
    });
  };
  // Made once, with the first connection that needs it: it reads about 150 certificates.
  let plain: SecureContext | undefined;
  const contexts = new Map([
    ...[...trusted].map(([origin, extra]) => [origin, contextFor(extra, undefined)] as const),
    ...[...shown].map(
      ([origin, certificate]) =>
        [`${origin} with certificate`, contextFor(trusted.get(origin) ?? [], certificate)] as const,
    ),
  ]);
  return {
    settingOf: (origin, showCertificate) => {
      if (showCertificate && shown.has(origin)) return `${origin} with certificate`;
      return trusted.has(origin) ? origin : undefined;
    },
    context: (setting) => {
      if (setting !== undefined) return contexts.get(setting);
      if (ca === undefined) return undefined;
      plain ??= contextFor([], undefined);
      return plain;
    },
  };
}
