import type { Command } from 'commander';
import { optionGroup } from './option-group.ts';
import type { TrustInput } from 'sigtrail';
import type { AuthorityProfile } from 'sigtrail/trust';
import { readInput } from './read-input.ts';
import { UsageError } from './usage-error.ts';

/** Flags that name a whole trusted root, in a file or kept fresh. */
export interface TrustFlags {
  /** Files, each with the profiles that stand before it: `github=FILE`. */
  readonly trustedRoot?: string | readonly string[];
  readonly trustProfile?: string;
  readonly tuf?: boolean;
  readonly tufMirror?: string;
  readonly tufRoot?: string;
  readonly tufCache?: string;
  readonly offline?: boolean;
}

const PROFILES = ['fulcio', 'github', 'pki'] as const;

/** What `--trusted-root` takes, for every command that has it. */
export const TRUSTED_ROOT_HELP =
  'trusted_root.json, or .jsonl with one a line; github=FILE says its profile (fulcio,github=FILE of each line); repeatable; default: embedded public-good snapshot';

/** For flags that may be given more than once. */
export function collect(value: string, all: readonly string[] | undefined): readonly string[] {
  return [...(all ?? []), value];
}

/** Adds them to a command. */
export function withTrustFlags(command: Command): Command {
  return optionGroup(command, 'Whom to trust', (grouped) =>
    grouped
      .option('--trusted-root <[profile=]file>', TRUSTED_ROOT_HELP, collect)
      .option('--tuf', 'the trusted root of a TUF repository, kept fresh; default: the public-good one')
      .option('--tuf-mirror <url>', 'that repository instead; needs --tuf-root')
      .option('--tuf-root <file>', 'root.json that trust in --tuf-mirror begins with')
      .option('--tuf-cache <directory>', 'where it is kept between runs, by any number of them at once')
      .option(
        '--trust-profile <name>',
        'what its authorities’ signatures come with: fulcio, github (weakens: no log, no SCT) or pki (weakens: no SCT)',
      ),
  );
}

/** The trusted root that the flags name; `undefined`: they name none. */
export async function trustedRootOf(flags: TrustFlags): Promise<TrustInput | undefined> {
  const { trustedRoot, tufMirror: mirror, tufRoot, tufCache: cacheDirectory } = flags;
  const profile = profileOf(flags.trustProfile);
  const ofTuf = tufFlagsIn(flags);
  if (trustedRoot !== undefined) {
    if (ofTuf.length > 0) throw new UsageError(`--trusted-root and ${ofTuf.join(', ')} exclude each other`);
    const roots = await readRoots(trustedRoot, profile);
    const [first, ...others] = roots;
    return first === undefined || others.length > 0 ? roots : first;
  }
  if (ofTuf.length === 0) {
    if (profile !== undefined)
      throw new UsageError(
        '--trust-profile needs --trusted-root or --tuf: it says what the signatures of a root come with',
      );
    return undefined;
  }
  if (mirror !== undefined && tufRoot === undefined)
    throw new UsageError('--tuf-mirror needs --tuf-root: the root.json that trust in this mirror begins with');
  if (flags.offline === true && cacheDirectory === undefined)
    throw new UsageError('--offline with TUF needs --tuf-cache: without the network, trust can only come from a cache');
  const root = tufRoot === undefined ? undefined : await readTufRoot(tufRoot);
  // Only now: the TUF client is slow to load, and most runs don't need it.
  const { tufTrust } = await import('sigtrail/trust');
  return tufTrust({
    ...(mirror === undefined ? {} : { mirror }),
    ...(root === undefined ? {} : { root }),
    ...(profile === undefined ? {} : { profile }),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
    ...(flags.offline === true ? { network: 'none' } : {}),
  });
}

/** A trusted root in a file, as `--trusted-root` names it. */
export interface NamedRoot {
  readonly file: string;
  readonly profile?: AuthorityProfile | readonly AuthorityProfile[];
}

/** The roots that the flag names; the profile of `--trust-profile` is that of each which names none. */
export async function readRoots(
  given: string | readonly string[],
  profile: AuthorityProfile | undefined,
): Promise<readonly NamedRoot[]> {
  return Promise.all(
    (typeof given === 'string' ? [given] : given).map(async (text) => {
      const { file, profile: own = profile } = parseRoot(text);
      // A wrong path is a mistake in the command line; later, it would look like unavailable trust.
      await readInput('--trusted-root', file);
      return { file, ...(own === undefined ? {} : { profile: own }) };
    }),
  );
}

/** `FILE`, `github=FILE`, or `fulcio,github=FILE`: one profile for each line. A file whose name begins so is `./github=…`. */
function parseRoot(text: string): NamedRoot {
  const [, names, file] = /^((?:fulcio|github|pki)(?:,(?:fulcio|github|pki))*)=(.*)$/s.exec(text) ?? [];
  if (text === '' || file === '') throw new UsageError('--trusted-root is empty, which would ask nothing');
  if (names === undefined || file === undefined) return { file: text };
  const profiles = names.split(',').map((name) => profileOf(name) ?? 'fulcio');
  const [first, ...others] = profiles;
  return { file, ...(first === undefined ? {} : { profile: others.length === 0 ? first : profiles }) };
}

/** Every profile that the flags name, for what has to be said of it. */
export function profilesIn({ trustedRoot = [], trustProfile }: TrustFlags): readonly string[] {
  const own = (typeof trustedRoot === 'string' ? [trustedRoot] : trustedRoot).flatMap(
    (text) => parseRoot(text).profile ?? [],
  );
  return [...new Set([...own, ...(trustProfile === undefined ? [] : [trustProfile])])];
}

/** Checks only the kind of file: `tufTrust` checks its signatures, and a mirror must never be blamed for a wrong path. */
async function readTufRoot(file: string): Promise<string> {
  const text = await readInput('--tuf-root', file);
  try {
    const { signed } = JSON.parse(text) as { readonly signed?: { readonly _type?: unknown } };
    if (signed?._type === 'root') return text;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new UsageError(`--tuf-root ${file} is not a root.json; expected the root of trust of a TUF repository`);
}

/** The flags of TUF that are given. */
export function tufFlagsIn({ tuf, tufMirror, tufRoot, tufCache }: TrustFlags): readonly string[] {
  return [
    ['--tuf', tuf],
    ['--tuf-mirror', tufMirror],
    ['--tuf-root', tufRoot],
    ['--tuf-cache', tufCache],
  ].flatMap(([name, value]) => (value === undefined ? [] : [String(name)]));
}

function profileOf(name: string | undefined): AuthorityProfile | undefined {
  const profile = PROFILES.find((known) => known === name);
  if (name !== undefined && profile === undefined)
    throw new UsageError(`--trust-profile must be ${PROFILES.join(', ')}, got ${JSON.stringify(name)}`);
  return profile;
}
