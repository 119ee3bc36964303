import type { Platform } from 'oci-client-lite/names';

/** A platform as people write it: `os/architecture`, or `os/architecture/variant`. */
export type PlatformName = `${string}/${string}`;

/**
 * Reads `linux/amd64` or `linux/arm64/v8`. Without a variant, every variant is meant.
 *
 * @throws TypeError for anything else
 */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant] = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/.exec(text) ?? [];
  if (os === undefined || architecture === undefined)
    throw new TypeError(`"platforms" must be like linux/amd64 or linux/arm64/v8, got ${JSON.stringify(text)}`);
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** A platform in the words of {@link parsePlatform}. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** Whether an image for `platform` is one of those that were asked for. */
export function isPlatform(platform: Platform | undefined, asked: Platform): boolean {
  return (
    platform !== undefined &&
    platform.os === asked.os &&
    platform.architecture === asked.architecture &&
    (asked.variant === undefined || platform.variant === asked.variant)
  );
}
