import { parsePlatform } from 'sigtrail/triangulate';
import { UsageError } from './usage-error.ts';

/** What `--platform` means: `each`, or a list of platforms. */
export function platformsOf(text: string): 'each' | readonly `${string}/${string}`[] {
  if (text === 'each') return 'each';
  return text.split(',').map((name): `${string}/${string}` => {
    try {
      const { os, architecture, variant } = parsePlatform(name.trim());
      return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
    } catch {
      throw new UsageError(
        `--platform expects each, or platforms like linux/amd64,linux/arm64/v8; got ${JSON.stringify(text)}`,
      );
    }
  });
}
