import { optionError } from '@sigtrail/encoding';
import { startDeadline } from '@sigtrail/http';
import type { Call } from './call.ts';
import { isOciError, OciError } from '../error.ts';
import { toOciError } from './errors-from-http.ts';
import { parseReference } from '../reference/reference.ts';
import type { MirrorPlace, Place } from '../place.ts';

/** A mirror of a registry: read first, never trusted. */
export interface Mirror {
  /** `https://host[:port][/path]`; repositories are below the path. Plain http under the same rules as for registries. */
  readonly url: string;
  /** Whether it may resolve tags, too. It may be days behind. `false` */
  readonly tags?: boolean | undefined;
  /** Whether to tell it which registry it mirrors, by `?ns=`. `false` */
  readonly namespace?: boolean | undefined;
}

/** Where the repositories of a mirror are. */
export interface MirrorAddress {
  readonly registry: string;
  /** Path in front of each repository, with its slash at the end; may be empty. */
  readonly prefix: string;
}

/** @throws TypeError */
export function parseMirrorAddress(text: string, isInsecure: (host: string) => boolean): MirrorAddress {
  const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*?)\/*$/s.exec(text) ?? [];
  try {
    const { registry, repository } = parseReference(`${rest}/x/x`);
    if (scheme === 'http' && !isInsecure(registry)) throw new TypeError('plain http');
    if (!rest.includes('/') && registry !== rest.toLowerCase()) throw new TypeError('not a host');
    return { registry, prefix: repository.slice(0, -3) };
  } catch {
    throw optionError(
      'invalid-option',
      'createOciClient: each of "mirrors" must be https://host[:port][/path]; plain http only if "insecureRegistries" allows it',
    );
  }
}

/** Where something can be read: the registry itself, or a mirror of it. */
export interface Source {
  readonly registry: Place['registry'];
  readonly repository: string;
  /** Whether it is a mirror. */
  readonly isMirror: boolean;
  /** Turns a path of the registry into one of this source. */
  path(suffix: string): string;
}

/** Whether a mirror may say what a tag names. */
export function readsTags({ reads }: MirrorPlace): boolean {
  return reads !== 'digests';
}

/** Whether a mirror is asked for digests. */
export function readsDigests({ reads }: MirrorPlace): boolean {
  return reads !== 'tags';
}

/**
 * Reads from the mirrors that `isAsked` accepts, then from the registry. A failing mirror costs only its share of the time.
 *
 * @throws OciError of the registry itself
 */
export async function readFromSources<T>(
  place: Place,
  isAsked: (mirror: MirrorPlace) => boolean,
  call: Call,
  read: (source: Source, call: Call) => Promise<T>,
): Promise<T> {
  const mirrors = place.mirrors.filter(isAsked);
  for (const [index, mirror] of mirrors.entries()) {
    const share = call.deadline.remainingMs() / (mirrors.length - index + 1);
    const deadline = startDeadline(share, call.deadline.signal, call.deadline.patience);
    try {
      return await read(sourceAt(mirror, true), { ...call, deadline });
    } catch (thrown) {
      const error = toOciError(thrown);
      if (!isOciError(error)) throw error;
      call.annotate({ error: error.code, note: 'mirror' });
      call.deadline.check();
    } finally {
      deadline.clear();
    }
  }
  return await read(sourceAt(place, false), call);
}

function sourceAt({ registry, repository }: Pick<Source, 'registry' | 'repository'>, isMirror: boolean): Source {
  return { registry, repository, isMirror, path: (suffix) => `/v2/${repository}/${suffix}` };
}

/** The mirrors of a place, each as a place without mirrors: for lists of referrers, which are not content-addressed. */
export function mirrorPlaces(place: Place): readonly Place[] {
  return place.mirrors.filter(readsDigests).map((mirror) => ({
    ...place,
    registry: mirror.registry,
    repository: mirror.repository,
    mirrors: [],
    // A mirror never gets the registry's credentials, nor the other way round.
    name: `${place.name} through ${mirror.registry.name}`,
  }));
}

/** The error for a text that is not a tag. */
export function notATag(text: string): OciError {
  return new OciError('invalid-reference', 'not a tag', { actual: text.slice(0, 200) });
}
