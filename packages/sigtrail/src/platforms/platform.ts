import { formatPlatform, parsePlatform as parse, type Platform, type PlatformParts } from 'oci-client-lite';
import { optionError } from '../error.ts';

/** Parses `linux/amd64` or `linux/arm64/v8`. @throws TypeError with `code: 'invalid-option'` */
export function parsePlatform(name: unknown): PlatformParts {
  try {
    if (typeof name === 'string') return parse(name);
  } catch {
    // said below, with the name of the option
  }
  throw optionError('invalid-option', `"platforms" must be platforms like linux/amd64, got ${JSON.stringify(name)}`);
}

/** Whether a manifest is for the platform that was asked for; a variant counts where one was asked for. */
export function isPlatform(platform: Platform | undefined, asked: PlatformParts): boolean {
  return (
    platform !== undefined &&
    platform.os === asked.os &&
    platform.architecture === asked.architecture &&
    (asked.variant === undefined || platform.variant === asked.variant)
  );
}

/** `linux/arm64/v8` */
export function platformName(platform: Platform): string {
  return formatPlatform(platform);
}
