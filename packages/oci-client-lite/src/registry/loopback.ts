import { isLoopbackHost } from '@sigtrail/http';

/** Whether a `host[:port]` is this machine, where plain http is always allowed. */
export function isLoopback(host: string): boolean {
  return isLoopbackHost(URL.parse(`http://${host}`)?.hostname ?? '');
}
