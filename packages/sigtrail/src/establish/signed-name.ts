import type { ImageLocator } from '@sigtrail/triangulate';
import { parseReference, type Reference } from 'oci-client-lite';
import { optionError } from '@sigtrail/encoding';

/**
 * Which name the signer must have signed for (simple signing `docker-reference`, or the name of a statement's subject). `any`: it isn't
 * looked at, as cosign does. `repository`: the repository that was asked for. `exact`: that and the tag (containers/image `matchExact`).
 * A function decides by itself.
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
  const asked = requested.kind === 'layout' ? undefined : nameOf(requested.reference);
  const expected =
    asked === undefined
      ? 'a repository, which a layout has no name of'
      : wanted === 'exact'
        ? asked.exact
        : asked.repository;
  return {
    expected,
    fits: (text) => {
      const name = nameIn(text);
      return asked !== undefined && name !== undefined && name[wanted] === asked[wanted];
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
