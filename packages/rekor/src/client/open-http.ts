import {
  type ClientCertificate,
  createHttp,
  type Http,
  type HttpOptions,
  proxyFromEnvironment,
  type ProxySelector,
  type Transport,
} from '@sigtrail/http';

/** The way to a log or to a webhook. */
export interface ConnectionOptions {
  /** Authorities trusted beside Node's own: PEM. */
  readonly ca?: string | readonly string[];
  /** Client certificates, each for its origins only. */
  readonly clientCertificates?: readonly ClientCertificate[];
  /** The proxy for each address; `false` for none. Unless given: `https_proxy`, `http_proxy` and `no_proxy`, as Go programs read them. */
  readonly proxy?: ProxySelector | false;
  /** Carries the requests instead of undici, with its own authorities, certificates and proxy. */
  readonly transport?: Transport;
}

/** Makes the client. @throws TypeError for a malformed option, or an option that the transport would ignore; the message never has the value */
export function openHttp(
  bounds: Pick<HttpOptions, 'userAgent' | 'retries'>,
  { ca, clientCertificates, transport, proxy: given }: ConnectionOptions,
): Http {
  const proxy = given ?? (transport === undefined ? proxyFromEnvironment(process.env) : undefined);
  return createHttp({ ...bounds, ca, clientCertificates, transport, proxy: proxy === false ? undefined : proxy });
}
