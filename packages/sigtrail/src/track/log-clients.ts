import { createRekor, type Rekor } from '@sigtrail/rekor';
import { encodeHex } from '@sigtrail/encoding';
import { optionError } from '@sigtrail/encoding';
import type { TrustedRoot } from '../trust/trusted-root.ts';

/** A log to ask. */
export interface LogAddress {
  /** Where to ask, for example a mirror. */
  readonly url: string;
  /** `baseUrl` in the trusted root of the log that answers at `url`. Default: `url`. */
  readonly log?: string;
  /** Default: found out by asking the log once. */
  readonly version?: 1 | 2;
}

/** A log that may be asked, and the ids its entries carry. */
export interface AskableLog {
  readonly rekor: Rekor;
  /** Lower-case hexadecimal. */
  readonly logIds: ReadonlySet<string>;
  /** Since when the first of its keys is in use, according to the root. */
  readonly startedAt: Date;
}

/** Clients of these logs, or by default of every log of the trusted root. Each trusts only the keys that the root has for its log. */
export function openLogs(
  root: TrustedRoot,
  addresses: readonly LogAddress[] | undefined,
  timeoutMs: number,
): readonly AskableLog[] {
  return (addresses ?? addressesIn(root)).map(({ url, log = url, version }) => {
    const trusted = root.transparencyLogs.filter(({ baseUrl }) => sameAddress(baseUrl, log));
    if (trusted.length === 0)
      throw optionError('unknown-log', `"logs": the trusted root has no log ${log}; its logs are ${namesIn(root)}`);
    const ids = trusted.flatMap(({ logId, checkpointKeyId }) =>
      checkpointKeyId === undefined ? [encodeHex(logId)] : [encodeHex(logId), encodeHex(checkpointKeyId)],
    );
    return {
      rekor: createRekor({ url, trust: trusted, timeoutMs, ...(version === undefined ? {} : { version }) }),
      logIds: new Set(ids),
      startedAt: new Date(Math.min(...trusted.map(({ validFor }) => validFor.start.getTime()))),
    };
  });
}

function addressesIn(root: TrustedRoot): readonly LogAddress[] {
  const urls = root.transparencyLogs.map(({ baseUrl }) => baseUrl).filter((url) => /^https?:\/\//.test(url));
  return [...new Set(urls)].map((url) => ({ url }));
}

function namesIn(root: TrustedRoot): string {
  return root.transparencyLogs.map(({ baseUrl }) => baseUrl).join(', ') || 'none';
}

function sameAddress(a: string, b: string): boolean {
  return a.replace(/\/+$/, '') === b.replace(/\/+$/, '');
}
