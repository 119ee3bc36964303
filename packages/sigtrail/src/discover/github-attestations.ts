import { createHash } from 'node:crypto';
import { createHttp, type HttpResponse, isHttpError } from '@sigtrail/http';
import { parseJsonStrict } from '@sigtrail/encoding';
import type { Find, Location, TranscriptLook } from '@sigtrail/triangulate';
import type { Digest, OciErrorCode } from 'oci-client-lite';
import { parseDigest } from 'oci-client-lite/names';
import * as z from 'zod';

/**
 * Attestations that GitHub keeps: `actions/attest` puts them there, and in the registry only with `push-to-registry`. Asking tells GitHub which image is verified
 * here, and when, so it is off by default.
 */
export interface GithubAttestations {
  /** `owner/name`: those of this repository. Instead of `owner`. */
  readonly repository?: string;
  /** Those of all repositories of an organization or user. Instead of `repository`. */
  readonly owner?: string;
  /** For private repositories, and for more requests in an hour. Sent to `apiUrl` only. */
  readonly token?: string;
  /** Default `https://api.github.com`; `https://api.acme.ghe.com` with data residency. */
  readonly apiUrl?: string;
}

/** What GitHub answered about one digest, in the terms of the other places. */
export interface GithubAnswer {
  readonly finds: readonly Find[];
  readonly location: Location;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly transcript: readonly TranscriptLook[];
}

// A hundred to a page, as gh asks for, and as many pages as are read of other places.
const PER_PAGE = 100;
const MAX_PAGES = 10;
const MAX_PAGE_BYTES = 32 * 1024 * 1024;
const MAX_BUNDLE_BYTES = 16 * 1024 * 1024;
/** Bytes of bundles held in one call, as many as for one place of a registry. Anyone who may attest in one repository of an owner can attest large things. */
const MAX_BYTES = 256 * 1024 * 1024;

const Page = z.lazy(() =>
  z.object({
    attestations: z
      .array(z.object({ bundle: z.record(z.string(), z.unknown()).nullish(), bundle_url: z.string().nullish() }))
      .max(PER_PAGE),
  }),
);

/**
 * Asks GitHub for the bundles about one digest. Any failure makes the place `unknown`, never absent. 404 is GitHub's way to say "none", also about
 * what the token (or an anonymous caller) may not see.
 */
export async function readGithubAttestations(
  digest: string,
  github: GithubAttestations,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<GithubAnswer> {
  const http = createHttp({ retries: 2 });
  const transcript: TranscriptLook[] = [];
  const place = placeOf(github);
  // One deadline for all pages and bundles: each by itself could arrive just in time.
  const endsAt = performance.now() + timeoutMs;
  const ask: Ask = async (url, maxBytes, namedBy) =>
    http.request({
      url,
      maxBytes,
      timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
      headers: { accept: namedBy === undefined ? 'application/vnd.github+json' : '*/*' },
      // A bundle is kept elsewhere, at an address that works without a token: the token stays with the API.
      ...(github.token === undefined || !isAtApi(url, github)
        ? {}
        : { secretHeaders: { authorization: `Bearer ${github.token}` } }),
      ...(namedBy === undefined ? {} : { namedBy }),
      ...(signal === undefined ? {} : { signal }),
      onHop: (hop) =>
        void transcript.push({
          method: 'GET',
          url: hop.url,
          ...(hop.status === undefined ? {} : { status: hop.status }),
          durationMs: hop.durationMs,
          step: transcript.length + 1,
        }),
    });
  try {
    const bundles = await readBundles(digest, github, ask);
    // A bundle that is listed twice counts once.
    const contents = new Map(bundles.map((bytes) => [digestOf(bytes), bytes] as const));
    const finds = [...contents].map(([of, { length }]) => toFind(of, length, digest, place));
    return {
      finds,
      location: { kind: 'github-attestations', name: place, answer: finds.length > 0 ? 'found' : 'absent' },
      contents,
      transcript,
    };
  } catch (error) {
    return { finds: [], location: toUnknown(error, place), contents: new Map(), transcript };
  } finally {
    await http.close();
  }
}

type Ask = (url: string, maxBytes: number, namedBy?: string) => Promise<HttpResponse>;

function placeOf({ repository, owner, apiUrl = 'https://api.github.com' }: GithubAttestations): string {
  return `${new URL(apiUrl).host}/${repository === undefined ? `orgs/${owner ?? ''}` : `repos/${repository}`}`;
}

function isAtApi(url: string, { apiUrl = 'https://api.github.com' }: GithubAttestations): boolean {
  return new URL(url).origin === new URL(apiUrl).origin;
}

async function readBundles(digest: string, github: GithubAttestations, ask: Ask): Promise<readonly Uint8Array[]> {
  const { repository, owner = '', apiUrl = 'https://api.github.com' } = github;
  const base = apiUrl.replace(/\/+$/, '');
  const roots = repository === undefined ? [`orgs/${owner}`, `users/${owner}`] : [`repos/${repository}`];
  for (const root of roots) {
    const first = `${base}/${root}/attestations/${digest}?per_page=${PER_PAGE}`;
    const bundles = await readPages(first, github, ask);
    // An owner is an organization or a user, and asking for the wrong one of the two is answered with 404, too.
    if (bundles.length > 0) return bundles;
  }
  return [];
}

async function readPages(first: string, github: GithubAttestations, ask: Ask): Promise<readonly Uint8Array[]> {
  const bundles: Uint8Array[] = [];
  let bytesLeft = MAX_BYTES;
  let url: string | undefined = first;
  for (let page = 0; url !== undefined; page++) {
    if (page === MAX_PAGES)
      throw new Refusal('too-large', `GitHub lists more than ${MAX_PAGES * PER_PAGE} attestations of this digest`);
    const response: HttpResponse = await ask(url, MAX_PAGE_BYTES);
    // Only a 404 for the whole list means "none": if a later page that GitHub itself named is missing, the list has a gap.
    if (response.status === 404 && page === 0 && isGithubAnswer(response)) return bundles;
    if (response.status !== 200) throw refusalOf(response);
    const parsed = Page.safeParse(readJson(response.body, MAX_PAGE_BYTES));
    if (!parsed.success)
      throw new Refusal('invalid-response', 'GitHub’s answer does not have the shape of a list of attestations');
    for (const { bundle, bundle_url: address } of parsed.data.attestations) {
      const bytes = await readBundle(bundle ?? undefined, address ?? undefined, url, ask);
      bytesLeft -= bytes.length;
      if (bytesLeft < 0)
        throw new Refusal('too-large', `GitHub’s bundles of this digest have more than ${MAX_BYTES} bytes together`);
      bundles.push(bytes);
    }
    url = nextOf(response, url, github);
  }
  return bundles;
}

async function readBundle(
  bundle: Readonly<Record<string, unknown>> | undefined,
  address: string | undefined,
  page: string,
  ask: Ask,
): Promise<Uint8Array> {
  if (bundle !== undefined) return Buffer.from(JSON.stringify(bundle));
  if (address === undefined || address === '')
    throw new Refusal('invalid-response', 'GitHub lists an attestation with neither bundle nor bundle_url');
  if (!URL.canParse(address))
    throw new Refusal('invalid-response', 'GitHub lists an attestation whose bundle_url is not an address');
  const response = await ask(address, MAX_BUNDLE_BYTES, page);
  if (response.status !== 200)
    throw new Refusal(codeOf(response.status), `the bundle that GitHub names could not be read: ${response.status}`);
  return uncompress(response.body);
}

/** Snappy's block format, whatever content type the store states. The length is read before anything is allocated. */
async function uncompress(bytes: Uint8Array): Promise<Uint8Array> {
  const { default: snappy } = await import('snappyjs');
  try {
    const bundle = snappy.uncompress(bytes, MAX_BUNDLE_BYTES);
    // The format has no checksum: bytes that are cut short or were never compressed come out as garbage.
    parseJsonStrict(bundle, { maxBytes: MAX_BUNDLE_BYTES });
    return bundle;
  } catch (cause) {
    throw new Refusal(
      'invalid-response',
      'the bundle that GitHub names is not JSON compressed with snappy',
      undefined,
      cause,
    );
  }
}

/** The next page must be at the API, too: a link elsewhere would take the question, though no token, to a stranger. */
function nextOf({ headers }: HttpResponse, page: string, github: GithubAttestations): string | undefined {
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
function isGithubAnswer({ body }: HttpResponse): boolean {
  try {
    const answer = parseJsonStrict(body, { maxBytes: MAX_PAGE_BYTES });
    return typeof answer === 'object' && answer !== null && 'message' in answer;
  } catch {
    return false; // not JSON, so not GitHub's
  }
}

function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

function toFind(digest: Digest, size: number, signs: string, repository: string): Find {
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  return {
    id: `github:${digest}`,
    kind: 'sigstore-bundle',
    carrier: 'github-attestations',
    repository,
    signs: parseDigest(signs),
    // The API has no manifests: what it lists is known by its own bytes.
    manifestDigest: digest,
    layer: { mediaType, digest, size },
    layerIndex: 0,
    unsignedAnnotations: {},
    unsignedManifestAnnotations: {},
  };
}

function readJson(body: Uint8Array, maxBytes: number): unknown {
  try {
    return parseJsonStrict(body, { maxBytes });
  } catch (cause) {
    throw new Refusal('invalid-response', 'GitHub’s answer is not JSON', undefined, cause);
  }
}

/** Why GitHub could not be read. */
class Refusal extends Error {
  readonly code: OciErrorCode;
  readonly retryAfterMs: number | undefined;
  constructor(code: OciErrorCode, message: string, retryAfterMs?: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

function refusalOf({ status, headers, retryAfterMs }: HttpResponse): Refusal {
  const isLimited =
    status === 429 || (status === 403 && (retryAfterMs !== undefined || headers['x-ratelimit-remaining']?.[0] === '0'));
  if (!isLimited)
    return new Refusal(
      codeOf(status),
      `GitHub answered ${status}${status === 401 ? ': is the token still good?' : ''}`,
    );
  const reset = Number(headers['x-ratelimit-reset']?.[0]);
  const message = `GitHub answers no more requests for now (${status}); with a token it answers more`;
  const untilResetMs = Number.isSafeInteger(reset) && reset > 0 ? Math.max(0, reset * 1000 - Date.now()) : undefined;
  return new Refusal('rate-limited', message, retryAfterMs ?? untilResetMs);
}

function codeOf(status: number): OciErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 429) return 'rate-limited';
  return status >= 500 ? 'server-error' : 'invalid-response';
}

function toUnknown(error: unknown, name: string): Location {
  if (error instanceof Refusal) {
    const { code, message, retryAfterMs } = error;
    return {
      kind: 'github-attestations',
      name,
      answer: 'unknown',
      code,
      message,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  if (!isHttpError(error)) throw error;
  const code: OciErrorCode = ['timeout', 'aborted', 'too-large', 'network', 'proxy', 'insecure-http'].includes(
    error.code,
  )
    ? (error.code as OciErrorCode)
    : 'network';
  return { kind: 'github-attestations', name, answer: 'unknown', code, message: error.message };
}
