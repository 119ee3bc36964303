/** The code of the failure underlying an error, e.g. `ECONNREFUSED`, or `PROXY_407` for the status of a proxy. */
export function reasonOf(error: unknown): string | undefined {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    // undici reports a proxy's answer only as text.
    const [, proxyStatus] =
      /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/
        .exec(current.message)
        ?.filter((part) => part !== undefined) ?? [];
    if (proxyStatus !== undefined) return `PROXY_${proxyStatus}`;
    const code = (current as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    // Happy Eyeballs wraps the failures of all addresses in an AggregateError.
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}

// Node's module loaders, and our own check of what was loaded: the fault is on this machine, not on the network.
const LOADER: ReadonlySet<string> = new Set([
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNKNOWN_BUILTIN_MODULE',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_DLOPEN_FAILED',
  'unsupported-runtime',
]);

/** Whether code of this program could not be loaded. */
export function isBrokenInstallation(reason: string | undefined): boolean {
  return reason !== undefined && LOADER.has(reason);
}

// With a proxy, only the proxy is dialled or resolved from here.
const DIALLING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Whether a connection could not be made, or ended. */
export function isConnectionFailure(reason: string | undefined): boolean {
  return (
    reason !== undefined &&
    /^E[A-Z]|^UND_ERR_(?:SOCKET|PRX_CONN|PRX_TLS|CONNECT_TIMEOUT)$|CERT|SELF_SIGNED|UNABLE_TO_/.test(reason)
  );
}

/** Whether a request that went through a proxy failed at the proxy. */
export function isProxyFailure(reason: string | undefined): boolean {
  return reason !== undefined && (/^(?:PROXY_|UND_ERR_PRX_)/.test(reason) || DIALLING.has(reason));
}
