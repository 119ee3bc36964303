import type { CoveredElsewhere, ElsewhereLine, NotApplicable } from './attack.ts';
import { GITHUB_LINES } from './elsewhere-github.ts';
import { KEPT_LINES } from './elsewhere-kept.ts';
import { LIMIT_LINES } from './elsewhere-limits.ts';
import { OURS_LINES } from './elsewhere-ours.ts';
import { COSIGN_LINES } from './elsewhere-cosign.ts';

const HTTP = 'packages/http/src/advisories.test.ts';
const OCI = 'packages/oci-client-lite/src/registry/advisories.test.ts';
const FINDS = 'packages/triangulate/src/finds.test.ts';
const LIMITS = 'packages/triangulate/src/limits.test.ts';
const TUF = 'packages/sigtrail/src/trust/tuf/tuf-trust.test.ts';
const TRUST = 'packages/sigtrail/src/trust/trust-root.test.ts';
const IMAGE = 'packages/sigtrail/src/verify-image.test.ts';
const ATTESTATIONS = 'packages/sigtrail/src/verify-attestations.test.ts';
const FIELDS = 'packages/sigtrail/src/policy/fields.test.ts';
const LOOK_UP = 'packages/sigtrail/src/discover/look-up-entries.test.ts';
const MUTATIONS = 'packages/sigtrail/src/mutations.test.ts';
const BIND = 'packages/sigtrail/src/establish/check-entry.test.ts';
const CLI = 'packages/cli/src/main.test.ts';

const LINES: readonly ElsewhereLine[] = [
  ['GHSA-vfp6-jrw2-99g9', 'a manifest of a million layers', OCI, 'S12 a million descriptors'],
  ['GHSA-vfp6-jrw2-99g9', 'pages of referrers that loop, or number 10,000', OCI, 'in a loop, and for 10 000 pages'],
  ['GHSA-vfp6-jrw2-99g9', 'more than 1,000 signatures', LIMITS, 'more than 1 000 signatures are cut'],
  ['GHSA-88jx-383q-w4qc', 'an endless body', HTTP, 'an endless body ends at the cap, and so does the connection'],
  ['GHSA-88jx-383q-w4qc', 'a body without a length', HTTP, 'a body without a length is counted'],
  [
    'GHSA-88jx-383q-w4qc',
    'a huge length',
    HTTP,
    'a declared length past the cap is refused before a byte of it is held',
  ],
  ['GHSA-88jx-383q-w4qc', 'a huge blob', OCI, 'S12 a blob that its descriptor says is huge is not asked for'],
  [
    'GHSA-95pr-fxf5-86gv',
    'a list within the size and over the count',
    OCI,
    'S12 a list within the size and over the count',
  ],
  ['GHSA-cq2j-v5qh-cjqh', 'compressed bombs in a Content-Encoding', HTTP, 'S13: bombs in a Content-Encoding'],
  ['GHSA-52v5-jr5w-gjxr', 'each field of a policy, failing alone', FIELDS, '$field'],
  [
    '@sigstore/verify 4.1.1',
    '1,000 mutations of bundle, root, annotations and DER',
    MUTATIONS,
    'accepts no mutated bytes for what they don’t say',
  ],
  [
    'GHSA-frqx-jfcm-6jjr',
    'an entry body with an unexpected value at any place',
    'packages/rekor/src/entry/entry-body.test.ts',
    'throws nothing but RekorError, whatever stands where',
  ],
  ['GHSA-frqx-jfcm-6jjr', 'mutated bundles, envelopes and manifests', MUTATIONS, 'refuses the others with a code'],
  [
    'GHSA-4c4x-jm2x-pf9j',
    'a search by key, which sends the key’s bytes and no URL',
    'packages/rekor/src/client/search-keys.test.ts',
    'asks for signers together with each digest of the image',
  ],
  [
    'GHSA-f83f-xpx7-ffpw',
    'nesting past the limit',
    'packages/encoding/src/strict-json.test.ts',
    'allows nesting up to the limit',
  ],
  [
    'GHSA-f83f-xpx7-ffpw',
    'an expression that takes exponential time in other engines',
    'packages/sigtrail/src/policy/pattern.test.ts',
    '%s takes time in proportion to the text',
  ],
  ['GO-2026-4358', 'bytes in the cache that the repository never signed', TUF, 'fetches again when its cache holds'],
  [
    'GO-2026-4358',
    'a target other than the signed one',
    'packages/sigtrail/test/tuf/attacks.ts',
    'another target than was signed, of the same length',
  ],
  ['ggcr #2243', 'a realm or next page at an inside address', OCI, 'S3 as realm: %j'],
  ['ggcr #2243', 'a name that resolves to an inside address (ggcr #2440)', HTTP, 'S4: a name that resolves inside'],
  ['ggcr #2243', 'a redirect from https to http', HTTP, 'leaves https for http'],
  ['ggcr #2243', 'a token server that redirects (ggcr #2292)', OCI, 'S5 a token server that redirects'],
  [
    'ggcr #2243',
    'a redirect to a foreign host (ggcr #2193, #2337), which must get no credentials',
    OCI,
    'S2 credentials and a host that a redirect leads to',
  ],
  [
    'ggcr #2243',
    'a host that only looks like the one with credentials',
    OCI,
    'S8 credentials for a host that only looks like it',
  ],
  [
    'gitsign CVE-2026-44309',
    'a log that vouches for itself with another key',
    LOOK_UP,
    'takes no entry that is not proven, and says that the log lies',
  ],
  ['gitsign CVE-2026-44309', 'a check that throws', ATTESTATIONS, 'a function that throws'],
  [
    'gitsign CVE-2026-44309',
    'any key of any object, written twice',
    'packages/encoding/src/strict-json.test.ts',
    'refuses any key of any object written twice',
  ],
  [
    'sigstore-java CVE-2024-53267',
    'attestations of another image, in each carrier',
    ATTESTATIONS,
    'binds an attestation carried as %s to this very image',
  ],
  [
    'HEAD: the first image decides',
    'a bundle beside a classic signature, where neither may hide the other',
    FINDS,
    'finds what is attached in every layout, in a fixed order',
  ],
  [
    'HEAD: COSIGN_* variables',
    'code that reads the environment and isn’t on the list',
    'tools/boundaries.test.ts',
    'read the environment only in the files named for it, and each of those does',
  ],
  [
    'HEAD: checkpoint online',
    'an entry that the log does not prove',
    LOOK_UP,
    'takes no entry that is not proven, and says that the log lies',
  ],
  [
    'HEAD: --check-claims=false',
    'the flag, in every spelling',
    CLI,
    'takes the flags without effect in all their spellings',
  ],
  [
    'HEAD: errors of the TLS configuration',
    'text that is not a CA certificate',
    'packages/http/src/tls.test.ts',
    'refuses %j',
  ],
  [
    'unsigned bytes of a token',
    'a token with one bit flipped, for each bit',
    MUTATIONS,
    'accepts no mutated bytes for what they don’t say',
  ],
  [
    'envelopeHash',
    'a `.att` layer that was rewritten after it was logged',
    BIND,
    'refuses a .att layer that was written anew after it was logged',
  ],
  [
    'envelopeHash',
    'a bundle: it never holds the uploaded envelope, so signature, signer and payload are compared',
    BIND,
    'leaves the hash of the envelope aside in a bundle',
  ],
  ['other extensions', 'each claim of a certificate, failing alone', FIELDS, '$field'],
  ['other extensions', 'a claim that the table of claims left out', FIELDS, 'has a row for each claim'],
  ['SAN kinds', 'a name of one kind, for a rule about another kind', FIELDS, 'matches a %s only as such'],
  ['options are dropped', 'an option that does not exist', IMAGE, 'refuses unknown options and work after close'],
  ['trusted root', 'a trusted part of any kind, outside its validity', TRUST, 'holds each of %s to its window'],
];

/** What existing tests show: registries, memory, TUF, the command line. */
export const ELSEWHERE: readonly CoveredElsewhere[] = [
  ...OURS_LINES,
  ...LIMIT_LINES,
  ...KEPT_LINES,
  ...GITHUB_LINES,
  ...LINES,
  ...COSIGN_LINES,
].map(([row, attack, file, title, answer]) => ({
  row,
  attack,
  file,
  title,
  ...(answer === undefined ? {} : { answer }),
}));

/** Rows without an attack on a verifier, and why. */
export const NOT_APPLICABLE: readonly NotApplicable[] = [
  { row: 'GHSA-2h5h-59f5-c5x9', because: 'the flaw was in a server; Sigtrail never unpacks an archive.' },
  { row: 'cosign 13', because: 'cosign has no weakness here; the key matrix of `show verification` tries it.' },
  { row: 'cosign 14', because: 'cosign has no weakness here; the attacks on classic signatures above try it.' },
  { row: 'cosign 15', because: 'cosign has no weakness here; the attacks on log entries above try it.' },
  { row: 'cosign 32', because: 'cosign has no weakness here; the key matrix of `show verification` tries it.' },
  { row: 'cosign 33', because: 'these are only names; a wrong one is an `invalid-option`.' },
  { row: 'cosign 35', because: 'cosign finds images in files; here, `@sigtrail/gate` does, and its tests try it.' },
  { row: 'cosign 36', because: 'a missing interface is not an attack.' },
  { row: 'cosign 49', because: 'cosign gives up a feature; that is not an attack.' },
  { row: 'cosign 52', because: 'what a bundle says about itself is shown as unverified, and decides nothing.' },
];
