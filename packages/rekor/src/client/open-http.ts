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
  /** Certificates that show who we are, each to its origins only. */
  readonly clientCertificates?: readonly ClientCertificate[];
  /** The proxy for each address; `false` for none. Unless given: `https_proxy`, `http_proxy` and `no_proxy`, as Go programs read them. */
  readonly proxy?: ProxySelector | false;
  /** Carries the requests instead of undici; it then has authorities, certificates and a proxy of its own. */
  readonly transport?: Transport;
}

/** Makes the client. @throws TypeError for a malformed option, or one that the transport would not heed; its value is never in the message */
export function openHttp(
  bounds: Pick<HttpOptions, 'userAgent' | 'retries'>,
  { ca, clientCertificates, transport, proxy: given }: ConnectionOptions,
): Http {
  const proxy = given ?? (transport === undefined ? proxyFromEnvironment(process.env) : undefined);
  return createHttp({ ...bounds, ca, clientCertificates, transport, proxy: proxy === false ? undefined : proxy });
}
