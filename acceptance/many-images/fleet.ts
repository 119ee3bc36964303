import { type ImagePolicy, type PolicyFor } from 'sigtrail';

// A fleet whose verdicts are known, by the place of a reference in its list: for the process that pushes it, and for the one that verifies it.

/** Who issues the certificates of the fleet. */
export const issuer = 'https://issuer.test';
/** What all but production must be. */
export const byAlice: ImagePolicy = { signedBy: { issuer, subject: 'alice@acme.test' } };
const byBob: ImagePolicy = { signedBy: { issuer, subject: 'bob@acme.test' } };

/** Production must be signed by Bob, everything else by Alice: one digest gets both verdicts, by the tag that names it. */
export const policyFor: PolicyFor = (image) =>
  image.kind === 'registry' && image.reference.tag?.startsWith('prod') === true ? byBob : byAlice;

/** A reference, and what must come of it. */
export interface Expected {
  readonly reference: string;
  readonly verdict: string;
  /** Who must have signed it. */
  readonly signer: 'alice' | 'bob';
}

/** One image of the fleet. */
export interface FleetImage {
  readonly repository: string;
  readonly digest: string;
  readonly signer: 'alice' | 'bob' | 'unsigned';
}

/** Who signed each, in turn. */
export const SIGNERS = ['alice', 'alice', 'alice', 'bob', 'unsigned'] as const;
/** The tags of each. */
export const TAGS = ['v1', 'v1.4', 'v1.4.2', 'latest', 'prod', 'prod-eu', 'canary', 'stable'] as const;

/** The reference at one place of the list, as a fleet has them: most by tags, a third by digest, now and then one that is not there. */
export function nth(images: readonly FleetImage[], index: number, host: string): Expected {
  const image = images[index % images.length];
  if (image === undefined) throw new Error('a fleet without images');
  const { repository, digest, signer } = image;
  const turn = Math.floor(index / images.length);
  const expected = (wanted: 'alice' | 'bob'): Pick<Expected, 'verdict' | 'signer'> => ({
    verdict: signer === wanted ? 'verified' : 'rejected',
    signer: wanted,
  });
  if (index % 97 === 96)
    return { reference: `${host}/${repository}:gone`, verdict: 'indeterminate (image-not-found)', signer: 'alice' };
  if (turn % 3 === 2) return { reference: `${host}/${repository}@${digest}`, ...expected('alice') };
  const tag = TAGS[(turn - Math.floor(turn / 3)) % TAGS.length] ?? 'v1';
  return { reference: `${host}/${repository}:${tag}`, ...expected(tag.startsWith('prod') ? 'bob' : 'alice') };
}
