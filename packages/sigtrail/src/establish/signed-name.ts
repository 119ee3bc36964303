import type { ImageLocator } from '@sigtrail/triangulate';
import { parseReference, type Reference } from 'oci-client-lite';
import { optionError } from '@sigtrail/encoding';

/**
 * Which name the signer must have signed for (simple signing `docker-reference`, or the name of a statement's subject). `any`: the name is
 * ignored, as cosign does. `repository`: the requested repository. `exact`: the repository and the tag (containers/image `matchExact`).
 * A function decides for itself.
 */
export type SignedName = 'any' | 'repository' | 'exact' | ((name: string) => boolean);

/** What a signed name is compared with. */
export interface NameCheck {
  readonly expected: string;
  readonly fits: (name: string) => boolean;
}

/** Reads the option. @throws TypeError with `code: 'invalid-option'` */
export function parseSignedName(wanted: SignedName | undefined, requested: ImageLocator): NameCheck | undefined {
  if (wanted === undefined || wanted === 'any') return undefined;
  if (typeof wanted === 'function')
    return { expected: 'a name that the check accepts', fits: (name) => wanted(name) === true };
  if (wanted !== 'repository' && wanted !== 'exact')
    throw optionError('invalid-option', '"signedName" must be "any", "repository", "exact" or a function');
  const requestedName = requested.kind === 'layout' ? undefined : nameOf(requested.reference);
  const expected =
    requestedName === undefined
      ? 'the name of a repository, which a layout does not have'
      : wanted === 'exact'
        ? requestedName.exact
        : requestedName.repository;
  return {
    expected,
    fits: (text) => {
      const name = nameIn(text);
      return requestedName !== undefined && name !== undefined && name[wanted] === requestedName[wanted];
    },
  };
}

interface Name {
  readonly repository: string;
  readonly exact: string;
}

function nameOf({ registry, repository, tag, digest }: Reference): Name {
  const name = `${registry}/${repository}`;
  return { repository: name, exact: digest === undefined ? `${name}:${tag ?? 'latest'}` : `${name}@${digest}` };
}

function nameIn(signed: string): Name | undefined {
  try {
    return nameOf(parseReference(signed));
  } catch {
    return undefined; // not a reference, so not the name of a repository
  }
}
