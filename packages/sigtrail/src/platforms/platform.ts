import { type Descriptor, formatPlatform, parsePlatform, type PlatformName } from 'oci-client-lite';
import { optionError } from '@sigtrail/encoding';

/** The `platforms` option, checked. @throws TypeError with `code: 'invalid-option'` */
export function parsePlatforms(given: unknown): 'each' | readonly PlatformName[] {
  if (given === 'each') return given;
  if (!Array.isArray(given) || given.length === 0)
    throw optionError('invalid-option', '"platforms" must be "each" or a list like ["linux/amd64"]');
  return given.map(parseName);
}

function parseName(name: unknown): PlatformName {
  try {
    if (typeof name === 'string') {
      parsePlatform(name);
      return name as PlatformName; // it has a slash, or it would have been refused
    }
  } catch {
    // said below, with the name of the option
  }
  throw optionError('invalid-option', `"platforms" must be platforms like linux/amd64, got ${JSON.stringify(name)}`);
}

/** The platform of an entry, as text. */
export function platformOf({ platform }: Pick<Descriptor, 'platform'>): string {
  return platform === undefined ? 'unknown' : formatPlatform(platform);
}
