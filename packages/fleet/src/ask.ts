import { formatReference, type OciClient, parseReference, type Reference } from 'oci-client-lite';
import { isOciError } from 'oci-client-lite/names';
import { FleetError } from './error.ts';
import type { Question } from './question.ts';
import type { ScanSettings } from './scan-options.ts';

/**
 * The question about one reference. A tag is resolved here, so that all references to one digest are one question. Where that fails, a worker is asked about the tag itself:
 * its report says why.
 *
 * @throws FleetError `invalid-reference`, `no-policy`
 */
export async function questionOf(text: string, settings: ScanSettings, resolve: Resolver): Promise<Question> {
  const image = read(text);
  const name = await settings.policyFor(image);
  const policy = name === undefined ? undefined : settings.policies.get(name);
  if (name === undefined || policy === undefined)
    throw new FleetError(
      'no-policy',
      name === undefined ? 'no policy is for this image' : `"policies" has no "${name}"`,
    );
  return {
    scan: settings.scan,
    reference: formatReference(settings.from === 'stores' ? withoutTag(image) : await resolve(image)),
    policy: { name, hash: policy.hash },
    trust: settings.trust.digest,
    account: settings.account,
    ...(settings.asOf === undefined ? {} : { asOf: settings.asOf }),
    ...(settings.from === 'stores' ? { from: settings.from } : {}),
  };
}

/** A digest says it all: a tag beside it would make the same image another question. */
function withoutTag(image: Reference): Reference {
  const { registry, repository, digest } = image;
  return digest === undefined ? image : { registry, repository, digest };
}

function read(text: string): Reference {
  try {
    return parseReference(text);
  } catch (cause) {
    if (isOciError(cause)) throw new FleetError('invalid-reference', cause.message, { cause });
    throw cause;
  }
}

/** The reference by its digest, or as it was where no digest could be had. */
export type Resolver = (image: Reference) => Promise<Reference>;

/** Tags that one scan remembers. */
const MOST_TAGS = 50_000;

/** Asks about each tag once in a scan. */
export function createResolver(client: OciClient, { signal }: ScanSettings): Resolver {
  const tags = new Map<string, Promise<Reference>>();
  const ask = async (image: Reference): Promise<Reference> => {
    const { registry, repository } = image;
    try {
      const resolved = await client.resolve(image, signal === undefined ? {} : { signal });
      return { registry, repository, digest: resolved.reference.digest };
    } catch (error) {
      signal?.throwIfAborted();
      if (isOciError(error)) return image;
      throw error;
    }
  };
  return async (image) => {
    if (image.digest !== undefined) return withoutTag(image);
    const name = formatReference(image);
    let asked = tags.get(name);
    if (asked === undefined) {
      asked = ask(image);
      tags.set(name, asked);
      const [oldest = name] = tags.keys();
      if (tags.size > MOST_TAGS) tags.delete(oldest);
    }
    return asked;
  };
}
