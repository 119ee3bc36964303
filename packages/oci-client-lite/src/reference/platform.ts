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
      throw new TypeError('"platform" must have "os" and "architecture"');
    return normalise(choice);
  }
  const [os = '', architecture = '', variant, ...rest] = choice.split('/');
  if (os === '' || architecture === '' || variant === '' || rest.length > 0)
    throw new TypeError('"platform" must be os/architecture[/variant], such as "linux/arm64/v8"');
  return normalise({ os, architecture, variant });
}

/** The platform this process runs on; containers run on Linux also where it doesn't. */
export function hostPlatform(): PlatformParts {
  return normalise({ os: process.platform === 'win32' ? 'windows' : 'linux', architecture: process.arch });
}

/**
 * The first entry of an index that is for a platform. Entries without a platform, attestations and `unknown/unknown` never are.
 *
 * @throws OciError `no-matching-platform`, listing what there is
 */
export function selectPlatform(index: ImageIndex, choice: PlatformChoice): Descriptor {
  const wanted = parsePlatform(choice);
  const candidates = index.manifests.filter(isImage);
  const found = candidates.find((entry) => entry.platform !== undefined && matches(entry.platform, wanted));
  if (found !== undefined) return found;
  const there = candidates.flatMap((entry) => (entry.platform === undefined ? [] : [formatPlatform(entry.platform)]));
  throw new OciError('no-matching-platform', 'the index has no image for this platform', {
    expected: formatPlatform(wanted),
    actual: there.length === 0 ? 'no entry with a platform' : [...new Set(there)].join(', ').slice(0, 500),
  });
}

/**
 * Whether some client that wants this platform could run this entry of an index: every entry for its operating system and architecture, whatever its variant
 * (unless one is asked for), build or features, and every entry that does not say what it is for (crane takes it for its default, containerd looks into it).
 * Wider than {@link selectPlatform} on purpose: who must know what will run has to look at all of them.
 */
export function couldSelect({ platform }: Pick<Descriptor, 'platform'>, choice: PlatformChoice): boolean {
  if (platform === undefined || platform.os.trim() === '' || platform.architecture.trim() === '') return true;
  const wanted = parsePlatform(choice);
  const offered = normalise(platform);
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  return !namesVariant(choice) || offered.variant === wanted.variant;
}

/** Whether any client could run this entry of an index. No annotation and no media type takes an entry out: only `unknown/unknown`, which no client is. */
export function isSelectable({ platform }: Pick<Descriptor, 'platform'>): boolean {
  return !(platform?.os === 'unknown' && platform.architecture === 'unknown');
}

/** `linux/armhf` names one, too. */
function namesVariant(choice: PlatformChoice): boolean {
  const [, architecture = '', variant] =
    typeof choice === 'string' ? choice.split('/') : [choice.os, choice.architecture, choice.variant];
  return variant !== undefined || architectures[architecture.toLowerCase()]?.[1] !== undefined;
}

/** `linux/arm64/v8` */
export function formatPlatform(platform: PlatformParts | Platform): string {
  const version = platform['os.version'] === undefined ? '' : ` (${platform['os.version']})`;
  return [platform.os, platform.architecture, platform.variant].filter((part) => part).join('/') + version;
}

// BuildKit puts attestations into the index as manifests for a platform that does not exist.
function isImage({ annotations, platform }: Descriptor): boolean {
  if (annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return false;
  return !(platform?.os === 'unknown' && platform.architecture === 'unknown');
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

// `10.0.20348` is every update of that Windows, and not `10.0.203480`.
function isSameBuild(offered: string | undefined, wanted: string): boolean {
  return offered === wanted || offered?.startsWith(`${wanted}.`) === true;
}

// As containerd's platforms package: what a variant is when it is not said.
function normalise(platform: PlatformParts | Platform): PlatformParts {
  const os = platform.os.toLowerCase();
  const [architecture, implied] = architectures[platform.architecture.toLowerCase()] ?? [
    platform.architecture.toLowerCase(),
  ];
  const said = platform.variant?.toLowerCase() || implied;
  const variant = /^\d+$/.test(said ?? '') ? `v${said}` : said;
  const version = platform['os.version'];
  return {
    os: systems[os] ?? os,
    architecture,
    variant: impliedVariant(architecture, variant),
    ...(version === undefined ? {} : { 'os.version': version }),
  };
}

function impliedVariant(architecture: string, variant: string | undefined): string | undefined {
  if (architecture === 'arm64' && variant === 'v8') return undefined;
  if (architecture === 'amd64' && variant === 'v1') return undefined;
  return architecture === 'arm' ? (variant ?? 'v7') : variant;
}
