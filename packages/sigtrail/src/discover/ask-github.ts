import { parseJsonStrict } from '@sigtrail/encoding';
import { createHttp, type HttpResponse } from '@sigtrail/http';
import type { TranscriptStep } from '@sigtrail/triangulate';
import * as z from 'zod';
import type { GithubAttestations } from './github-option.ts';
import { Refusal } from './github-refusal.ts';

// A hundred to a page, as gh asks for, and as many pages as are read of other places.
export const PER_PAGE = 100;
export const MAX_PAGES = 10;
export const MAX_PAGE_BYTES: number = 32 * 1024 * 1024;
/** Bytes of bundles held in one call, as many as for one place of a registry. Anyone who may attest in one repository of an owner can attest large things. */
export const MAX_BYTES: number = 256 * 1024 * 1024;

/** An attestation in one of GitHub’s lists: with its bundle, or with the address of its bundle. */
export interface ListedAttestation {
  readonly bundle?: Readonly<Record<string, unknown>> | null | undefined;
  readonly bundle_url?: string | null | undefined;
}

export const ListedAttestation: z.ZodType<ListedAttestation> = z.lazy(() =>
  z.object({ bundle: z.record(z.string(), z.unknown()).nullish(), bundle_url: z.string().nullish() }),
);

/** What bounds the questions of one call. */
export interface GithubCall {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Sends one request: a GET, or a POST if there is something to post. `namedBy` is the page that named the address of a bundle. */
export type Ask = (
  url: string,
  request: { readonly maxBytes: number; readonly namedBy?: string; readonly post?: string },
) => Promise<HttpResponse>;

/** A connection to GitHub, with a record of what was asked. Close it. */
export interface Github {
  readonly ask: Ask;
  readonly transcript: readonly TranscriptStep[];
  close(): Promise<void>;
}

/** Opens a connection with one deadline for all pages and bundles: each by itself could arrive just in time. */
export function openGithub(github: GithubAttestations, { timeoutMs, signal }: GithubCall): Github {
  const http = createHttp({ retries: 2 });
  const transcript: TranscriptStep[] = [];
  const endsAt = performance.now() + timeoutMs;
  const ask: Ask = async (url, { maxBytes, namedBy, post }) =>
    http.request({
      url,
      maxBytes,
      timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
      headers: {
        accept: namedBy === undefined ? 'application/vnd.github+json' : '*/*',
        ...(post === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(post === undefined ? {} : { method: 'POST', body: post, repeatable: true }),
      // A bundle is kept elsewhere, at an address that works without a token: the token stays with the API.
      ...(github.token === undefined || !isAtApi(url, github)
        ? {}
        : { secretHeaders: { authorization: `Bearer ${github.token}` } }),
      ...(namedBy === undefined ? {} : { namedBy }),
      ...(signal === undefined ? {} : { signal }),
      onHop: (hop) =>
        void transcript.push({
          method: hop.method,
          url: hop.url,
          ...(hop.status === undefined ? {} : { status: hop.status }),
          durationMs: hop.durationMs,
          step: transcript.length + 1,
        }),
    });
  return { ask, transcript, close: async () => http.close() };
}

/** The address of the API, without slashes at its end. */
export function apiOf({ apiUrl = 'https://api.github.com' }: GithubAttestations): string {
  return apiUrl.replace(/\/+$/, '');
}

function isAtApi(url: string, { apiUrl = 'https://api.github.com' }: GithubAttestations): boolean {
  return new URL(url).origin === new URL(apiUrl).origin;
}

/** The next page must be at the API, too: a link elsewhere would take the question, though no token, to a stranger. */
export function nextOf({ headers }: HttpResponse, page: string, github: GithubAttestations): string | undefined {
  const link = headers['link']?.join(', ') ?? '';
  const [, target] = /<([^>]*)>\s*;[^,<]*\brel="?next"?/i.exec(link) ?? [];
  if (target === undefined) {
    // A link (RFC 8288) that is spelled differently from GitHub's must not look like the end of the list.
    if (!/\bnext\b/i.test(link.replaceAll(/<[^>]*>/g, ''))) return undefined;
    throw new Refusal('invalid-response', 'GitHub names a next page, and the link can’t be read');
  }
  const next = URL.parse(target, page)?.href;
  if (next === undefined || !isAtApi(next, github))
    throw new Refusal('invalid-response', 'GitHub’s next page is not at the host of its API');
  return next;
}

/** GitHub says "none" in JSON. The 404 of a proxy, or of an address that isn't the API's, says nothing about attestations. */
export function isGithubAnswer({ body }: HttpResponse): boolean {
  try {
    const answer = parseJsonStrict(body, { maxBytes: MAX_PAGE_BYTES });
    return typeof answer === 'object' && answer !== null && 'message' in answer;
  } catch {
    return false; // not JSON, so not GitHub's
  }
}

/** An answer of the API as JSON. @throws Refusal `invalid-response` */
export function readJson({ body }: HttpResponse): unknown {
  try {
    return parseJsonStrict(body, { maxBytes: MAX_PAGE_BYTES });
  } catch (cause) {
    throw new Refusal('invalid-response', 'GitHub’s answer is not JSON', undefined, cause);
  }
}
