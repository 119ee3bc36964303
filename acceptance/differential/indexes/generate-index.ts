import { MEDIA_TYPE } from '@sigtrail/testing';
import type { Random } from '../../../packages/sigtrail/test/mutations/random.ts';
import { type Content, digestOf, pickImage, type Pool } from './pool.ts';

/** An index that an honest builder or an attacker may have pushed, with the indexes inside it. */
export interface GeneratedIndex extends Content {
  readonly digest: string;
  /** The index and those that it lists, the innermost first. */
  readonly indexes: readonly (Content & { readonly digest: string })[];
}

/** Members of a JSON object as text: keys may repeat, as no JavaScript object can have them. */
type Members = readonly (readonly [key: string, json: string])[];

const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const EMPTY = { mediaType: MEDIA_TYPE.empty, digest: digestOf(Buffer.from('{}')), size: 2 };
const OTHER_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.oci.image.manifest.v1+json; charset=utf-8',
  'application/vnd.cncf.helm.config.v1+json',
  MEDIA_TYPE.index,
  MEDIA_TYPE.manifest,
  DOCKER_LIST,
  'text/plain',
];
const ARCHITECTURES = ['amd64', 'x86_64', '386', 'i686', 'arm64', 'aarch64', 'arm', 'armhf', 'armel', 's390x', 'AMD64'];
const VARIANTS = ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8', '7', 'V7', 'v9', 'v8.2', ''];
const WINDOWS = ['10.0.17763.1', '10.0.20348.2', '10.0.20348.3'];

/** The index of this seed's choices; the same choices give the same index. */
export function generateIndex(pool: Pool, random: Random, depth = 0): GeneratedIndex {
  const indexes: GeneratedIndex['indexes'][number][] = [];
  const one = (likelihood: number): boolean => random.below(likelihood) === 0;
  const entry = (): string => {
    if (depth < 3 && one(7)) {
      const nested = generateIndex(pool, random, depth + 1);
      indexes.push(...nested.indexes);
      const about = one(2) ? undefined : pickImage(pool, random);
      return write(descriptor(nested, about === undefined ? undefined : platformOf(about, random), random));
    }
    const image = pickImage(pool, random);
    return write(descriptor(image, one(8) ? undefined : platformOf(image, random), random));
  };
  const entries = Array.from({ length: one(300) ? 99 + random.below(4) : random.below(6) + 1 }, entry);
  const declared = one(4) ? DOCKER_LIST : MEDIA_TYPE.index;
  const members: Members = [
    ['schemaVersion', '2'],
    ...(one(10) ? [] : [['mediaType', text(one(30) ? random.pick(OTHER_TYPES) : declared)] as const]),
    ['manifests', `[${entries.join()}]`],
    ...(one(40) ? [[random.pick(['manifests', 'Manifests', 'manifeſts']), `[${entry()}]`] as const] : []),
    ...(one(60) ? ([['config', text(EMPTY)] as const, ['layers', '[]'] as const] as const) : []),
    ...(one(12) ? [['artifactType', text('application/vnd.example')] as const] : []),
    ...(one(12) ? [['annotations', text({ 'org.opencontainers.image.ref.name': 'v1' })] as const] : []),
  ];
  const data = Buffer.from(write(one(4) ? shuffle(members, random) : members));
  const itself = { data, digest: digestOf(data), mediaType: one(60) ? random.pick(OTHER_TYPES) : declared };
  return { ...itself, indexes: [...indexes, itself] };
}

function descriptor(
  { mediaType, digest, data }: Content & { readonly digest: string },
  platform: string | undefined,
  random: Random,
): Members {
  const one = (likelihood: number): boolean => random.below(likelihood) === 0;
  const members: (readonly [string, string])[] = [
    ['mediaType', text(one(25) ? random.pick(OTHER_TYPES) : mediaType)],
    ['digest', text(digest)],
    ['size', String(one(60) ? 1 : data.length)],
  ];
  if (platform !== undefined) members.push([one(80) ? 'Platform' : 'platform', platform]);
  if (one(12)) members.push(['annotations', text(BUILDKIT)]);
  if (one(25)) members.push(['artifactType', text('application/vnd.example')]);
  if (one(25)) members.push(['data', text(data.toString('base64'))]);
  if (one(60)) members.push(['urls', '["https://registry.example/elsewhere"]']);
  if (one(80)) members.push([random.pick(['Digest', 'dıgest', 'digest', 'MediaType']), text(digest)]);
  return one(4) ? shuffle(members, random) : members;
}

const BUILDKIT = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': EMPTY.digest };

/** Mostly what the image is for; else a neighbour, a spelling, a part of it, or what no client is. */
function platformOf(
  image: { readonly os: string; readonly architecture: string; readonly variant?: string },
  random: Random,
): string {
  const one = (likelihood: number): boolean => random.below(likelihood) === 0;
  if (one(14)) return text({ architecture: 'unknown', os: 'unknown' });
  if (one(60)) return random.pick(['null', '{}', '{"os":"linux"}', '{"os":"unknown","architecture":"amd64"}']);
  const os = one(12) ? random.pick(['Linux', 'LINUX', 'lİnux', '', 'windows', 'macos', 'linux ', 'unknown']) : image.os;
  const architecture = one(10) ? random.pick([...ARCHITECTURES, '', ' ']) : image.architecture;
  const variant = one(5) ? random.pick(VARIANTS) : image.variant;
  const members: (readonly [string, string])[] = [
    [one(90) ? 'Architecture' : 'architecture', text(architecture)],
    [one(90) ? 'OS' : 'os', text(os)],
  ];
  if (variant !== undefined) members.push(['variant', text(variant)]);
  if (os === 'windows' || one(25)) members.push(['os.version', text(random.pick(WINDOWS))]);
  if (one(15)) members.push(['os.features', text([random.pick(['win32k', 'sse4'])])]);
  if (one(25)) members.push(['features', text(['sse4'])]);
  if (one(90))
    members.push([random.pick(['os', 'variant', 'architecture']), text(random.pick(['linux', 'v2', 'arm64']))]);
  return write(members);
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

function write(members: Members): string {
  return `{${members.map(([key, json]) => `${text(key)}:${json}`).join()}}`;
}

function shuffle(members: Members, random: Random): Members {
  return members
    .map((member) => ({ member, at: random.below(1 << 30) }))
    .sort((a, b) => a.at - b.at)
    .map(({ member }) => member);
}
