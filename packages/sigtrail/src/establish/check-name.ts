import { parseReference } from 'oci-client-lite';
import { optionError } from '../error.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { Check } from '../report/report.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';

/**
 * Which name the signer must have signed for (simple signing `docker-reference`, or the name of a statement's subject). `any`: it isn't
 * looked at, as cosign does. `repository`: the repository that was asked for. `exact`: that and the tag (containers/image `matchExact`).
 * A function answers for itself.
 */
export type SignedName = 'any' | 'repository' | 'exact' | ((name: string) => boolean);

/** What a signed name is held against. */
export interface NameCheck {
  readonly expected: string;
  readonly fits: (name: string) => boolean;
}

/** Reads the option. @throws TypeError with `code: 'invalid-option'` */
export function parseSignedName(wanted: SignedName | undefined, requested: string): NameCheck | undefined {
  if (wanted === undefined || wanted === 'any') return undefined;
  if (typeof wanted === 'function')
    return { expected: 'a name that the check accepts', fits: (name) => wanted(name) === true };
  if (wanted !== 'repository' && wanted !== 'exact')
    throw optionError('invalid-option', '"signedName" must be "any", "repository", "exact" or a function');
  const asked = requested.startsWith('oci:') ? undefined : nameOf(requested);
  const expected =
    asked === undefined
      ? 'a repository, which a layout has no name of'
      : wanted === 'exact'
        ? asked.exact
        : asked.repository;
  return {
    expected,
    fits: (text) => {
      const name = nameOf(text);
      return asked !== undefined && name !== undefined && name[wanted] === asked[wanted];
    },
  };
}

/** Did the signer sign for this name? Two images of one digest may lie in repositories of different people. */
export async function checkName(
  { content }: Candidate,
  { subject, name: wanted, withoutChecks }: Pick<EstablishContext, 'subject' | 'name' | 'withoutChecks'>,
): Promise<readonly Check[]> {
  if (wanted === undefined || subject.kind !== 'image') return [];
  const { expected } = wanted;
  const record = createRecorder(withoutChecks);
  const name =
    content.kind === 'simple-signing'
      ? content.claims.dockerReference
      : content.kind === 'dsse'
        ? content.statement?.subject.find((one) =>
            Object.entries(one.digest).some(([algorithm, hex]) => `${algorithm}:${hex}` === subject.digest),
          )?.name
        : undefined;
  if (name === undefined || name === '') {
    record.fail('signed-name', 'signed-name-missing', 'the signature names no repository', {
      expected,
      actual: 'none',
    });
    return record.checks;
  }
  let fits: boolean;
  try {
    fits = wanted.fits(name);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    record.unknown('signed-name', 'callback-threw', `the check of the name could not be asked: ${why}`, {
      expected,
      actual: name,
    });
    return record.checks;
  }
  if (fits) record.pass('signed-name', 'it was signed for this name', { expected, actual: name });
  else record.fail('signed-name', 'signed-name-mismatch', 'it was signed for another name', { expected, actual: name });
  return record.checks;
}

function nameOf(text: string): { readonly repository: string; readonly exact: string } | undefined {
  try {
    const { registry, repository, tag, digest } = parseReference(text);
    const name = `${registry}/${repository}`;
    return { repository: name, exact: digest === undefined ? `${name}:${tag ?? 'latest'}` : `${name}@${digest}` };
  } catch {
    return undefined; // no reference at all: nobody's name
  }
}
