import { namesOfCommonJs } from '@sigtrail/encoding/common-js';
import type { Bundle } from '@sigstore/bundle';
import { FormatError } from './format-error.ts';

/** Is it a `Bundle` of `@sigstore/bundle`, with buffers and a named content, rather than the JSON of a bundle? */
export function isBundleMessage(bundle: unknown): bundle is Bundle {
  if (typeof bundle !== 'object' || bundle === null) return false;
  const { content } = bundle as { readonly content?: unknown };
  return typeof content === 'object' && content !== null && '$case' in content;
}

/** The JSON that a `Bundle` stands for, which both judges then read. @throws FormatError `bundle-malformed` */
export async function bundleMessageJson(bundle: Bundle): Promise<object> {
  const { bundleToJSON } = namesOfCommonJs(await import('@sigstore/bundle'));
  try {
    return bundleToJSON(bundle);
  } catch (cause) {
    throw new FormatError('bundle-malformed', 'the Bundle object can’t be written as JSON', { cause });
  }
}
