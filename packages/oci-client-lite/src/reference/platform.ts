import { optionError, requireList, requireObject } from '@sigtrail/encoding';
import type { Descriptor, Platform } from '../content/descriptor.ts';
import { OciError } from '../error.ts';
import type { ImageIndex } from '../content/manifest.ts';

/** What to choose from an index: `os/architecture[/variant]`, or its parts. */
export type PlatformChoice = string | PlatformParts;

/** A platform as people write it: `os/architecture`, or `os/architecture/variant`. */
export type PlatformName = `${string}/${string}`;

/** The parts of a {@link PlatformChoice}, by the names of Go (`linux`, `amd64`). */
export interface PlatformParts {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  /** Windows: matches every build that begins with it. */
  readonly 'os.version'?: string | undefined;
}

const architectures: Readonly<Record<string, readonly [string, string?]>> = {
  aarch64: ['arm64'],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  i386: ['386'],
  i486: ['386'],
  i586: ['386'],
  i686: ['386'],
  ia32: ['386'],
  x64: ['amd64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

const systems: Readonly<Record<string, string>> = { macos: 'darwin', win32: 'windows', sunos: 'solaris' };

/** Reads `linux/arm64/v8`. @throws TypeError */
export function parsePlatform(choice: PlatformChoice): PlatformParts {
  if (typeof choice !== 'string') {
    if (typeof choice?.os !== 'string' || typeof choice.architecture !== 'string')
      throw optionError('invalid-option', '"platform" must have "os" and "architecture"');
    return normalise(choice);
  }
  const [os = '', architecture = '', variant, ...rest] = choice.split('/');
  if (os === '' || architecture === '' || variant === '' || rest.length > 0)
    throw optionError('invalid-option', '"platform" must be os/architecture[/variant], such as "linux/arm64/v8"');
  return normalise({ os, architecture, variant });
}

/** The platform that this process runs on; its containers run on Linux even if it doesn't. */
export function hostPlatform(): PlatformParts {
  return normalise({ os: process.platform === 'win32' ? 'windows' : 'linux', architecture: process.arch });
}

/**
 * The first entry of an index for a platform. Entries without a platform never match, nor do those for `unknown/unknown`, like BuildKit's
 * attestations; annotations exclude no entry, as in other clients.
 *
 * @throws OciError `no-matching-platform`, listing what there is
 */
export function selectPlatform(index: ImageIndex, choice: PlatformChoice): Descriptor {
  requireObject(index, 'selectPlatform', 'index', ['manifests']);
  const wanted = parsePlatform(choice);
  const candidates = index.manifests.filter(isSelectable);
  const found = candidates.find((entry) => entry.platform !== undefined && matches(entry.platform, wanted));
  if (found !== undefined) return found;
  const there = candidates.flatMap((entry) => (entry.platform === undefined ? [] : [formatPlatform(entry.platform)]));
  throw new OciError('no-matching-platform', 'the index has no image for this platform', {
    expected: formatPlatform(wanted),
    actual: there.length === 0 ? 'no entry with a platform' : [...new Set(there)].join(', ').slice(0, 500),
  });
}

/**
 * Whether any client that wants this platform would choose this entry of an index. True for every entry with its operating system and architecture, whatever the
 * build or features; of every variant if none is asked for, else of that variant and the lesser ones, which containerd and skopeo fall back to; and for every
 * entry that does not state its platform (crane assumes its default, containerd looks into it). Wider than {@link selectPlatform} on purpose.
 */
export function couldSelect(entry: Pick<Descriptor, 'platform'>, choice: PlatformChoice): boolean {
  requireObject(entry, 'couldSelect', 'entry');
  const { platform } = entry;
  if (platform === undefined || isBlank(platform)) return true;
  const wanted = parsePlatform(choice);
  const offered = normalise(platform);
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  return !namesVariant(choice) || isVariant(platform, wanted) || isLesserVariant(platform, wanted);
}

/**
 * The entries of an index that any client could run for this platform: to know what will run, look at all of them. They are those
 * that {@link couldSelect} accepts, without the lesser variants if the exact variant is listed, which every client prefers. If containerd finds nothing for
 * the architecture, those for its fallback are included.
 */
export function selectableFor(entries: readonly Descriptor[], choice: PlatformChoice): readonly Descriptor[] {
  requireList(entries, 'selectableFor', 'entries');
  const wanted = parsePlatform(choice);
  const hasVariant = entries.some(({ platform }) => isPlain(platform, wanted) && platform?.variant === wanted.variant);
  // Every host for this platform runs the architecture without a variant.
  const hasArchitecture = entries.some(
    ({ platform }) =>
      isPlain(platform, wanted) && (isVariant(platform, wanted) || normalise(platform).variant === undefined),
  );
  const fallback = hasArchitecture ? undefined : fallbacks[wanted.architecture];
  return entries.filter((entry) => {
    const { platform } = entry;
    if (platform === undefined || isBlank(platform)) return true;
    if (couldSelect(entry, choice)) return !(namesVariant(choice) && hasVariant) || isVariant(platform, wanted);
    const offered = normalise(platform);
    return offered.os === wanted.os && offered.architecture === fallback;
  });
}

/** Whether any client could run this entry of an index. Annotations and media types exclude no entry; only `unknown/unknown` does, which no client matches. */
export function isSelectable(entry: Pick<Descriptor, 'platform'>): boolean {
  requireObject(entry, 'isSelectable', 'entry');
  const { platform } = entry;
  return !(platform?.os === 'unknown' && platform.architecture === 'unknown');
}

/** `linux/armhf` names a variant, too. */
function namesVariant(choice: PlatformChoice): boolean {
  const [, architecture = '', variant] =
    typeof choice === 'string' ? choice.split('/') : [choice.os, choice.architecture, choice.variant];
  return variant !== undefined || architectures[architecture.toLowerCase()]?.[1] !== undefined;
}

/** `linux/arm64/v8` */
export function formatPlatform(platform: PlatformParts | Platform): string {
  requireObject(platform, 'formatPlatform', 'platform', ['os', 'architecture']);
  const version = platform['os.version'] === undefined ? '' : ` (${platform['os.version']})`;
  return [platform.os, platform.architecture, platform.variant].filter((part) => part).join('/') + version;
}

function matches(offered: Platform, wanted: PlatformParts): boolean {
  const given = normalise(offered);
  const version = wanted['os.version'];
  return (
    given.os === wanted.os &&
    given.architecture === wanted.architecture &&
    given.variant === wanted.variant &&
    (version === undefined || isSameBuild(offered['os.version'], version))
  );
}

// `10.0.20348` matches every update of that Windows, but not `10.0.203480`.
function isSameBuild(offered: string | undefined, wanted: string): boolean {
  return offered === wanted || offered?.startsWith(`${wanted}.`) === true;
}

/** What containerd runs if an index has nothing for the architecture. */
const fallbacks: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };

function isBlank({ os, architecture }: Platform): boolean {
  return os.trim() === '' || architecture.trim() === '';
}

/** Whether every client reads it alike: the plain spelling, and no field that only some clients look at. */
function isPlain(platform: Platform | undefined, { os, architecture }: PlatformParts): platform is Platform {
  return (
    platform?.os === os &&
    platform.architecture === architecture &&
    platform['os.version'] === undefined &&
    (platform['os.features'] ?? []).length === 0
  );
}

function isVariant(platform: Platform, wanted: PlatformParts): boolean {
  return normalise(platform).variant === wanted.variant;
}

/** Skopeo ranks an entry without a variant below all variants. */
function isLesserVariant(platform: Platform, { architecture, variant }: PlatformParts): boolean {
  if (platform.variant === undefined || platform.variant === '') return true;
  const offered = rankOf(architecture, normalise(platform).variant);
  return offered !== undefined && offered < (rankOf(architecture, variant) ?? 0);
}

/** `v8.2` is 802. */
function rankOf(architecture: string, variant = architecture === 'arm64' ? 'v8' : 'v1'): number | undefined {
  const [, major, minor = '0'] = /^v(\d{1,2})(?:\.(\d{1,2}))?$/.exec(variant) ?? [];
  return major === undefined ? undefined : Number(major) * 100 + Number(minor);
}

// As in containerd's platforms package: default variants and other names of architectures.
function normalise(platform: PlatformParts | Platform): PlatformParts {
  const os = lowerCase(platform.os);
  const name = lowerCase(platform.architecture);
  const [architecture, implied] = architectures[name] ?? [name];
  const version = platform['os.version'];
  return {
    os: systems[os] ?? os,
    architecture,
    variant: implied ?? normaliseVariant(architecture, lowerCase(platform.variant ?? '') || undefined),
    ...(version === undefined ? {} : { 'os.version': version }),
  };
}

function normaliseVariant(architecture: string, variant: string | undefined): string | undefined {
  switch (architecture) {
    case 'amd64':
      return variant === 'v1' ? undefined : variant;
    case 'arm64':
      if (variant === '9' || variant === '9.0' || variant === 'v9.0') return 'v9';
      return variant === '8' || variant === 'v8' || variant === 'v8.0' ? undefined : variant;
    case 'arm':
      return variant === undefined ? 'v7' : /^[5-8]$/.test(variant) ? `v${variant}` : variant;
    default:
      return variant;
  }
}

/** As in Go: a dotted capital İ becomes a plain i; in JavaScript it becomes an i with a combining dot, which no name has. */
function lowerCase(text: string): string {
  return text.replaceAll('İ', 'i').toLowerCase();
}
