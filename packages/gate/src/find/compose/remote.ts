import type { TextSpan } from '../../text/place.ts';
import { type FindContext, type NeighbourFile, problemFound, readNamedFile } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';

// As Compose and what builds for it tell them: by a scheme, by a host, or by how a repository of Git is named.
const REMOTE = /:\/\/|^(?:oci|https?|git|ssh):|^github\.com\/|^[\w.-]+@[^/]+:|^git@|\.git(?:$|#)/i;

/** Whether this is fetched from elsewhere, even where a file of such a name is here. */
export function isRemote(text: string): boolean {
  return REMOTE.test(text);
}

/** What is fetched from elsewhere, or read from below the home folder; `undefined` for what is here. */
export function problemElsewhere(
  context: FindContext,
  path: string,
  span: TextSpan,
  name: string,
): FoundImage | undefined {
  if (!isRemote(name) && !name.startsWith('~')) return undefined;
  return problemFound(
    context,
    path,
    span,
    'unreadable-file',
    `${JSON.stringify(name)} leads elsewhere: it is not read`,
  );
}

/** Reads a file that a Compose file names, or says at its place why not. */
export function readHere(context: FindContext, path: string, span: TextSpan, name: string): NeighbourFile | FoundImage {
  return problemElsewhere(context, path, span, name) ?? readNamedFile(context, path, span, name);
}
