import { isOciError, parseReference } from 'oci-client-lite/names';
import { normalName } from './found-image.ts';

/** A name as BuildKit compares it with those of its named contexts: as the image that it means, without `latest`. */
export function contextName(name: string): string {
  try {
    return normalName(parseReference(name)).replace(/:latest$/, '');
  } catch (error) {
    if (!isOciError(error)) throw error;
    return name;
  }
}
