import { isLoopbackHost } from '@sigtrail/http';

/** Whether a `host[:port]` is this machine, to which plain http is always spoken. */
export function isLoopback(host: string): boolean {
  return isLoopbackHost(URL.parse(`http://${host}`)?.hostname ?? '');
}
