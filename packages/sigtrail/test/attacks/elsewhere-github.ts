import type { ElsewhereLine } from './attack.ts';

const DOCKER = 'packages/sigtrail/src/docker-signatures.test.ts';
const GITHUB = 'packages/sigtrail/src/discover/github-attestations.test.ts';
const RELEASE = 'packages/sigtrail/src/decide/check-release.test.ts';

/** Attacks on images signed Docker's way, and on what GitHub keeps and signs itself. */
export const GITHUB_LINES: readonly ElsewhereLine[] = [
  [
    'an attestation manifest',
    'a listed statement that has cosign’s predicate type for signatures',
    DOCKER,
    'as signed images, even if a listed statement calls itself a signature',
    '`attestation-not-signature`',
  ],
  [
    'an attestation manifest',
    'a signed index whose attestation manifest speaks against the image',
    DOCKER,
    'by what an attestation manifest says against them, even if the index that lists it is signed',
    '`no-match`',
  ],
  [
    'an attestation manifest',
    'an image in two indexes, only the inner of which speaks against it',
    DOCKER,
    'has its attestation manifests looked at for a manifest that the outer one lists, too',
    '`no-match`',
  ],
  [
    'an attestation manifest',
    'statements that a stranger declares to be huge',
    DOCKER,
    'is what a stranger only declares to be huge, and takes nothing from the honest manifest beside it',
    '`too-large`',
  ],
  [
    'an attestation manifest',
    'another image’s attestation manifest, under this image’s annotation',
    DOCKER,
    'if the attestation manifest is that of another image',
    '`subject-mismatch`',
  ],
  [
    'an attestation manifest',
    'attestation manifests of two platforms, swapped',
    DOCKER,
    'if the attestation manifests of two platforms are swapped',
    '`subject-mismatch`',
  ],
  [
    'an attestation manifest',
    'an attestation about the manifest in place of its signature',
    DOCKER,
    'if somebody attests something about the attestation manifest instead of signing it',
    '`attestation-not-signature`',
  ],
  [
    'GitHub’s attestations',
    'a second page that is missing',
    GITHUB,
    'has not said "none" if a page that it named itself is missing',
    '`indeterminate`',
  ],
  [
    'GitHub’s attestations',
    'a 404 from something in between',
    GITHUB,
    'has not said "none" if something in between answers 404',
    '`unknown`',
  ],
  [
    'GitHub’s attestations',
    'a link to the next page in an unusual spelling',
    GITHUB,
    'does not end with a link that is spelled otherwise: %s',
    '`invalid-response`',
  ],
  [
    'GitHub’s attestations',
    'fifty bundles, each just in time',
    GITHUB,
    'has one deadline for all bundles, however slowly each of them comes',
    '`timeout`',
  ],
  [
    'GitHub’s attestations',
    'gigabytes of bundles, each within its own limit',
    GITHUB,
    'has bundles of 256 MiB together at the most',
    '`too-large`',
  ],
  [
    'GitHub’s attestations',
    'a next page at another host',
    GITHUB,
    'has no page elsewhere, and no end of pages',
    '`invalid-response`',
  ],
  [
    'GitHub’s attestations',
    'an API host that only looks like GitHub’s and wants the token',
    'packages/cli/src/options.test.ts',
    'takes the token that gh has for the host: %s',
    'no token',
  ],
  [
    'GitHub’s attestations',
    'GitHub’s certificate under a pattern, with GitHub’s root given as a private PKI’s',
    RELEASE,
    'an own PKI’s rule with the pattern %s, where GitHub’s root was given as one',
    '`identity-mismatch`',
  ],
  [
    'an authority beside another',
    'a trusted_root.jsonl as a whole, under the profile of one of its lines',
    'packages/sigtrail/src/json-lines.test.ts',
    'is not lowered as a whole by the one profile of one of its lines',
    '`invalid-option`',
  ],
];
