import { optionError } from '@sigtrail/encoding';
import { splitJsonLines } from '@sigtrail/encoding/documents';
import { combineRoots } from './combine-roots.ts';
import { parseTrustedRoot } from './parse-trusted-root.ts';
import type { AuthorityProfile, Relaxation } from './profile.ts';
import type { TrustedRoot } from './trusted-root.ts';

/**
 * Reads a `trusted_root.json`, or a `trusted_root.jsonl` with one document per line, as `gh attestation trusted-root` prints it. A list of profiles has one for
 * each line. A single profile applies to all lines only if it lowers nothing: the file that gh prints has the public-good root as well as GitHub's.
 *
 * @throws SigtrailError `invalid-trusted-root`; TypeError `invalid-option` for a list of profiles of another length, and for one profile that would lower several roots
 */
export function readTrustedRoots(
  input: string | Uint8Array | Readonly<Record<string, unknown>>,
  profile?: AuthorityProfile | readonly AuthorityProfile[],
  relax: readonly Relaxation[] = [],
): TrustedRoot {
  const text = input instanceof Uint8Array ? Buffer.from(input).toString('utf8') : input;
  const documents = typeof text === 'string' ? splitJsonLines(text) : [text];
  const isList = typeof profile === 'object';
  if (isList && profile.length !== documents.length)
    throw optionError(
      'invalid-option',
      `"trust.profile" must list a profile for each document of the trusted root, one per line (${documents.length}), got ${profile.length}: ${profile.join(', ')}`,
    );
  if (documents.length > 1 && (profile === 'github' || profile === 'pki'))
    throw optionError(
      'invalid-option',
      `"trust.profile" is ${profile}, but the trusted root has ${documents.length} documents, one per line, and it would lower the requirements for each; expected a profile for each line, as in fulcio,${profile}`,
    );
  const [first, ...others] = documents.map((document, index) =>
    parseTrustedRoot(document, isList ? profile[index] : profile, relax),
  );
  if (first === undefined) return combineRoots([]);
  return others.length === 0 ? first : combineRoots([first, ...others]);
}
