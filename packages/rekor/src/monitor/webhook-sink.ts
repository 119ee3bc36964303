import * as z from 'zod';
import { RekorError } from '../error.ts';
import { optionError } from '@sigtrail/encoding';
import { checkOptions } from '../options.ts';
import { type ConnectionOptions, openHttp } from '../client/open-http.ts';
import type { WatchSink } from './sink.ts';

/** How a webhook is called. Uses the same connections as everything else: through the proxy that the environment names, unless `proxy` is given. */
export interface WebhookOptions extends ConnectionOptions {
  /** Sent to the origin of the address only, for example `{ authorization: 'Bearer …' }`. Never in errors or events. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  /** Default: `webhook` and the address without its query. Two webhooks of one address need two names. */
  readonly name?: string;
}

const Options = z.strictObject({
  secretHeaders: z.exactOptional(z.record(z.string(), z.string())),
  name: z.exactOptional(z.string().min(1)),
  // Checked where they are used.
  ca: z.exactOptional(z.custom<ConnectionOptions['ca']>()),
  clientCertificates: z.exactOptional(z.custom<ConnectionOptions['clientCertificates']>()),
  proxy: z.exactOptional(z.custom<ConnectionOptions['proxy']>()),
  transport: z.exactOptional(z.custom<ConnectionOptions['transport']>()),
});

/**
 * A sink that posts each event as JSON. Any answer of the 2xx range takes it; everything else leaves it for the next run.
 * The header `idempotency-key` is the event's id: an event whose delivery could not be noted comes again with the same.
 *
 * @throws TypeError for an address that is not https, or http to this machine, and for a malformed option
 * @example
 * webhookSink('https://alerts.example.com/hooks/rekor', { secretHeaders: { authorization: `Bearer ${token}` } });
 */
export function webhookSink(address: string, options: WebhookOptions = {}): WatchSink {
  checkOptions('webhookSink', Options, options);
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw optionError('invalid-option', '"address" must be an https address without user information');
  const http = openHttp({ userAgent: 'sigtrail-rekor' }, options);
  return {
    name: options.name ?? `webhook ${url.origin}${url.pathname}`,
    async deliver(events, { signal }) {
      for (const event of events) {
        // The host is the user's.
        const { status } = await http.request({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json', 'idempotency-key': event.id },
          ...(options.secretHeaders === undefined ? {} : { secretHeaders: options.secretHeaders }),
          body: JSON.stringify(event),
          maxBytes: 64 * 1024,
          signal,
        });
        if (status < 200 || status > 299)
          throw new RekorError(
            'sink-failed',
            `the webhook at ${url.origin} answered with status ${String(status)}; expected 2xx`,
            { status },
          );
      }
      return undefined;
    },
    close: () => http.close(),
  };
}
