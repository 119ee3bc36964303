import { counted, requireFunction, requireList } from '@sigtrail/encoding';
import { type ImageInspection, isSigtrailError, type Signer } from 'sigtrail';
import { safeText } from 'sigtrail/report';
import { stringify } from 'yaml';
import { nameOf } from '../policy-map/image-pattern.ts';
import { formatReference, type Reference } from 'oci-client-lite/names';
import { normalName } from '../find/found-image.ts';

/** Looks at one image, without a policy. */
export type Inspect = (reference: string) => Promise<ImageInspection>;

const HEADER = `# A proposal, made from what is signed today: it says who signed these images, and not whether they should have.
# Review every rule before you use it. sigtrail never applies a map by itself.
`;

/**
 * Proposes a policy map for images, from the signatures that are proven today, with the numbers of repository and owner that no rename changes. What is not
 * signed, or can't be asked, is a comment: the gate refuses it until a person decides.
 */
export async function proposeMap(references: readonly Reference[], inspect: Inspect): Promise<string> {
  requireList(references, 'proposeMap', 'references');
  requireFunction(inspect, 'proposeMap', 'inspect');
  const byName = new Map<string, Reference>();
  for (const reference of references) if (!byName.has(nameOf(reference))) byName.set(nameOf(reference), reference);
  const rules: string[] = [];
  for (const [name, reference] of [...byName].toSorted(([left], [right]) => (left < right ? -1 : 1)))
    rules.push(await ruleFor(name, reference, inspect));
  const isEmpty = rules.every((rule) => !rule.includes('\n  - match:'));
  return `${HEADER}version: 1\nimages:${isEmpty ? ' []' : ''}\n${rules.join('')}`;
}

async function ruleFor(name: string, reference: Reference, inspect: Inspect): Promise<string> {
  const comment = (text: string): string => `  # ${name}: ${safeText(text)}\n`;
  try {
    const { candidates } = await inspect(formatReference(reference));
    const signatures = candidates.filter(({ isAttestation }) => !isAttestation);
    const proven = signatures.flatMap(({ proven: isProven, signer }) =>
      isProven && signer?.kind === 'certificate' ? [signer] : [],
    );
    const rules = unique(proven.map(ruleOf));
    if (rules.length > 0)
      return `${comment(`as ${normalName(reference)} is signed today`)}${indent(stringify([{ match: name, policy: { signedBy: rules.length === 1 ? rules[0] : rules } }], { lineWidth: 0 }))}`;
    if (signatures.length === 0) return comment('is not signed. Give it an exception with an end, or replace it.');
    const isKeyless = signatures.some(({ signer }) => signer?.kind === 'certificate');
    return comment(
      `has ${counted(signatures.length, 'signature')}, none proven. ${
        isKeyless
          ? 'A certificate that the trusted root does not vouch for, or a changed payload: sigtrail inspect says why; a private Sigstore needs its --trusted-root.'
          : 'Where a key signed it, write policy: { signedBy: { keyFile: cosign.pub } }'
      }`,
    );
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return comment(`could not be asked about: ${error.message}`);
  }
}

/** The rule that a signature of today meets. A workflow is named without the ref it ran for, which the next release changes. */
function ruleOf({ claims, subjectAlternativeNames }: Extract<Signer, { kind: 'certificate' }>): object {
  const { issuer = '', sourceRepositoryIdentifier: repositoryId, sourceRepositoryOwnerIdentifier: ownerId } = claims;
  const [subject = ''] = subjectAlternativeNames.map(({ value }) => value);
  const [, workflow, ref] = /^(https:\/\/[^@*?]+)@(refs\/(?:tags|heads)\/)[^*?]*$/.exec(subject) ?? [];
  return {
    issuer,
    subject: workflow === undefined ? subject : ref === 'refs/tags/' ? { glob: `${workflow}@refs/tags/*` } : subject,
    ...(repositoryId === undefined ? {} : { sourceRepositoryIdentifier: repositoryId }),
    ...(ownerId === undefined ? {} : { sourceRepositoryOwnerIdentifier: ownerId }),
  };
}

function unique(rules: readonly object[]): readonly object[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
