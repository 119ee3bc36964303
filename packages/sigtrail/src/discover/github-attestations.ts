import { createHash } from 'node:crypto';
import type { HttpResponse } from '@sigtrail/http';
import { parseJsonStrict } from '@sigtrail/encoding';
import type { Find, Location, TranscriptStep } from '@sigtrail/triangulate';
import type { Digest } from 'oci-client-lite';
import { parseDigest } from 'oci-client-lite/names';
import * as z from 'zod';
import {
  apiOf,
  type Ask,
  type GithubCall,
  isGithubAnswer,
  ListedAttestation,
  MAX_BYTES,
  MAX_PAGE_BYTES,
  MAX_PAGES,
  nextOf,
  openGithub,
  PER_PAGE,
  readJson,
} from './ask-github.ts';
import { codeOf, Refusal, refusalOf, toUnknown } from './github-refusal.ts';
import type { Neighbours } from './github-neighbours.ts';
import type { GithubAttestations } from './github-option.ts';

/** What GitHub answered about one digest, in the terms of the other places. */
export interface GithubAnswer {
  readonly finds: readonly Find[];
  readonly location: Location;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly transcript: readonly TranscriptStep[];
}

const MAX_BUNDLE_BYTES = 16 * 1024 * 1024;
const Page = z.lazy(() => z.object({ attestations: z.array(ListedAttestation).max(PER_PAGE) }));

/**
 * Asks GitHub for the bundles about one digest. Any failure makes the place `unknown`, never absent. 404 is GitHub's way to say "none", also about
 * what the token (or an anonymous caller) may not see.
 */
export async function readGithubAttestations(
  digest: string,
  github: GithubAttestations,
  call: GithubCall,
  neighbours?: Neighbours,
): Promise<GithubAnswer> {
  const place = placeOf(github);
  const { ask, transcript, close } = openGithub(github, call);
  try {
    const listed = await neighbours?.attestationsOf(digest, github, ask);
    const bundles =
      listed === undefined ? await readBundles(digest, github, ask) : await readListed(listed, apiOf(github), ask);
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
    await close();
  }
}

function placeOf({ repository, owner, apiUrl = 'https://api.github.com' }: GithubAttestations): string {
  return `${new URL(apiUrl).host}/${repository === undefined ? `orgs/${owner ?? ''}` : `repos/${repository}`}`;
}

async function readBundles(digest: string, github: GithubAttestations, ask: Ask): Promise<readonly Uint8Array[]> {
  const { repository, owner = '' } = github;
  const roots = repository === undefined ? [`orgs/${owner}`, `users/${owner}`] : [`repos/${repository}`];
  for (const root of roots) {
    const first = `${apiOf(github)}/${root}/attestations/${digest}?per_page=${PER_PAGE}`;
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
    const response: HttpResponse = await ask(url, { maxBytes: MAX_PAGE_BYTES });
    // Only a 404 for the whole list means "none": if a later page that GitHub itself named is missing, the list has a gap.
    if (response.status === 404 && page === 0 && isGithubAnswer(response)) return bundles;
    if (response.status !== 200) throw refusalOf(response);
    const parsed = Page.safeParse(readJson(response));
    if (!parsed.success)
      throw new Refusal('invalid-response', 'GitHub’s answer does not have the shape of a list of attestations');
    for (const bytes of await readListed(parsed.data.attestations, url, ask, bytesLeft)) {
      bytesLeft -= bytes.length;
      bundles.push(bytes);
    }
    url = nextOf(response, url, github);
  }
  return bundles;
}

/** The bundles of a list: those that are in it, and those of which it has the addresses. */
async function readListed(
  attestations: readonly ListedAttestation[],
  page: string,
  ask: Ask,
  maxBytes = MAX_BYTES,
): Promise<readonly Uint8Array[]> {
  const bundles: Uint8Array[] = [];
  let bytesLeft = maxBytes;
  for (const { bundle, bundle_url: address } of attestations) {
    const bytes = await readBundle(bundle ?? undefined, address ?? undefined, page, ask);
    bytesLeft -= bytes.length;
    if (bytesLeft < 0)
      throw new Refusal('too-large', `GitHub’s bundles of this digest have more than ${MAX_BYTES} bytes together`);
    bundles.push(bytes);
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
  const response = await ask(address, { maxBytes: MAX_BUNDLE_BYTES, namedBy: page });
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
