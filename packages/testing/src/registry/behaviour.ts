import { type CheckOption, checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import { aCount, aFlag, aFunction, anObject, oneOf } from '../option-checks.ts';
import type { Access } from './access.ts';
import type { RequestRecord } from './request-record.ts';

/** How a fake registry behaves. Everything here can be changed while it runs. */
export interface RegistryBehaviour {
  /** Who may read; default everybody. */
  readonly access?: Access | undefined;
  /** `false`: 404 on the referrers API, as registries before distribution-spec 1.1 (default `true`). */
  readonly referrersApi?: boolean | undefined;
  /** `synthesised`: fallback tags are made from the known referrers where none is stored, as clients do that push to a registry without the API (default `stored`; `synthesised` without the API). */
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
  readonly throttled?: boolean | { readonly retryAfter?: number | undefined } | undefined;
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

const aPositiveCount: CheckOption = expecting(
  'a whole number above zero',
  (value) => Number.isSafeInteger(value) && Number(value) > 0,
);

const BEHAVIOUR: OptionTable<RegistryBehaviour> = {
  access: anObject,
  referrersApi: aFlag,
  fallbackTags: oneOf('stored', 'synthesised'),
  filtersReferrers: aFlag,
  pageSize: aPositiveCount,
  linkStyle: oneOf('quoted', 'unquoted', 'absolute'),
  ranges: aFlag,
  strictAccept: aFlag,
  throttled: (value, name, door) => {
    if (typeof value === 'boolean') return;
    checkOptions(value as { retryAfter?: number }, { retryAfter: aCount }, `${door}: "${name}"`);
  },
  delayMs: expecting(
    'a number of milliseconds or a function',
    (value) => typeof value === 'function' || (Number.isFinite(value) && Number(value) >= 0),
  ),
  now: aFunction,
};

const OPTIONS: OptionTable<RegistryOptions> = { ...BEHAVIOUR, port: aCount, tls: anObject };

/** @throws TypeError `unknown-option`, `invalid-option` */
export function checkRegistryOptions(options: RegistryOptions): void {
  checkOptions(options, OPTIONS, 'startRegistry');
}

/** @throws TypeError `unknown-option`, `invalid-option` */
export function checkBehaviour(changes: RegistryBehaviour): void {
  checkOptions(changes, BEHAVIOUR, 'registry.configure');
}
