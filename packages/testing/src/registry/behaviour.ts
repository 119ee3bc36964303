import { optionError, suggestName } from '@sigtrail/encoding';
import type { Access } from './access.ts';
import type { RequestRecord } from './request-record.ts';

/** How a fake registry behaves. Everything here can be changed while it runs. */
export interface RegistryBehaviour {
  /** Who may read; default everybody. */
  readonly access?: Access | undefined;
  /** `false`: 404 on the referrers API, as registries before distribution-spec 1.1 (default `true`). */
  readonly referrersApi?: boolean | undefined;
  /** `synthesised`: fallback tags are made from the known referrers where none is stored (default `stored`). */
  readonly fallbackTags?: 'stored' | 'synthesised' | undefined;
  /** `false`: the registry ignores `?artifactType=`, as the specification lets it (default `true`). */
  readonly filtersReferrers?: boolean | undefined;
  /** The most entries of one page of tags and referrers; default all. */
  readonly pageSize?: number | undefined;
  /** How `Link` is written: with quotes (default), `rel=next` without them as olareg, or with an absolute URL. */
  readonly linkStyle?: 'quoted' | 'unquoted' | 'absolute' | undefined;
  /** `false`: `Range` is ignored (default `true`). */
  readonly ranges?: boolean | undefined;
  /** `true`: 404 when `Accept` doesn't name the manifest's type, as distribution 2.8 does for OCI indexes (default `false`). */
  readonly strictAccept?: boolean | undefined;
  /** `true`: every read is answered with 429, as a registry does that has had enough of us; with `retryAfter` seconds other than 60 (default `false`). */
  readonly throttled?: boolean | { readonly retryAfter: number } | undefined;
  /** Milliseconds before each answer, one number for all or by request. */
  readonly delayMs?: number | ((request: RequestRecord) => number) | undefined;
  /** The clock of token lifetimes, in milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** How a fake registry starts. */
export interface RegistryOptions extends RegistryBehaviour {
  /** Default: any free port of 127.0.0.1. */
  readonly port?: number | undefined;
  /** Serves https. Default: plain http. */
  readonly tls?: RegistryTls | undefined;
}

/** The TLS side of a registry, as PEM. */
export interface RegistryTls {
  readonly cert: string;
  readonly key: string;
  /** Asks every client for a certificate from this authority, and hangs up on those without one. */
  readonly clientAuthority?: string | undefined;
}

const KNOWN: Readonly<Record<keyof RegistryOptions, true>> = {
  access: true,
  referrersApi: true,
  fallbackTags: true,
  filtersReferrers: true,
  pageSize: true,
  linkStyle: true,
  ranges: true,
  strictAccept: true,
  throttled: true,
  delayMs: true,
  now: true,
  port: true,
  tls: true,
};

/** Refuses misspelt options: a test that sets `referersApi` would otherwise pass for the wrong reason. */
export function checkOptions(options: RegistryOptions): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, name))
      throw optionError(
        'unknown-option',
        `"${name}" is not an option of the fake registry; ${suggestName(name, Object.keys(KNOWN))}`,
      );
  }
  const { pageSize } = options;
  if (pageSize !== undefined && !(Number.isSafeInteger(pageSize) && pageSize > 0)) {
    throw optionError('invalid-option', '"pageSize" must be a whole number above zero');
  }
  const { throttled } = options;
  if (typeof throttled === 'object' && !(Number.isSafeInteger(throttled?.retryAfter) && throttled.retryAfter >= 0))
    throw optionError('invalid-option', '"throttled.retryAfter" must be a number of seconds');
}
