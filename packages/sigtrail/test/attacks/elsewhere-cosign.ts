import type { ElsewhereLine } from './attack.ts';

const HTTP = 'packages/http/src/advisories.test.ts';
const OCI = 'packages/oci-client-lite/src/registry/advisories.test.ts';
const LISTS = 'packages/oci-client-lite/src/registry/registry-lists.test.ts';
const LAYOUT = 'packages/oci-client-lite/src/layout/layout.test.ts';
const FINDS = 'packages/triangulate/src/finds.test.ts';
const UNREADABLE = 'packages/triangulate/src/unreadable.test.ts';
const LIMITS = 'packages/triangulate/src/limits.test.ts';
const REPOSITORIES = 'packages/triangulate/src/repositories.test.ts';
const TUF = 'packages/sigtrail/src/trust/tuf/tuf-trust.test.ts';
const TRUST = 'packages/sigtrail/src/trust/trust-root.test.ts';
const BUNDLE = 'packages/sigtrail/src/verify-bundle.test.ts';
const IMAGE = 'packages/sigtrail/src/verify-image.test.ts';
const ATTESTATIONS = 'packages/sigtrail/src/verify-attestations.test.ts';
const FIELDS = 'packages/sigtrail/src/policy/fields.test.ts';
const DECIDE = 'packages/sigtrail/src/decide/decide.test.ts';
const MULTI_ARCH = 'packages/sigtrail/src/platforms/evaluate-platforms.test.ts';
const LOOK_UP = 'packages/sigtrail/src/discover/look-up-entries.test.ts';
const REPLAY = 'packages/sigtrail/src/replay/replay.test.ts';
const REPORT = 'packages/sigtrail/src/render/render.test.ts';
const CLI = 'packages/cli/src/main.test.ts';
const WORLD = 'packages/cli/src/world.test.ts';

/** Tests for the weaknesses of cosign, by their number in the list of features. */
export const COSIGN_LINES: readonly ElsewhereLine[] = [
  [
    'cosign 1',
    'tags of both algorithms, with a prefix',
    'packages/triangulate/src/triangulate.test.ts',
    'are those that cosign and the distribution spec give, for both algorithms',
  ],
  [
    'cosign 2',
    'a separate repository for each kind',
    REPOSITORIES,
    'may differ for each kind, and be set for only one',
  ],
  ['cosign 3', 'a signature on a later page', LISTS, 'follows pages'],
  ['cosign 3', 'a second page that is missing', LISTS, 'does not take a missing second page for the end'],
  ['cosign 3', 'a Content-Type with parameters', LISTS, 'reads a Content-Type with parameters'],
  [
    'cosign 4',
    'fallback entries without a description of their own',
    LISTS,
    'completes old fallback entries from their manifests, and keeps those it cannot read',
  ],
  ['cosign 5', 'a referrers API that fails', UNREADABLE, 'doesn’t hide what is listed under the fallback tag'],
  [
    'cosign 6',
    'attestations carried as DSSE referrers',
    ATTESTATIONS,
    'accepts an attestation carried as %s, with its typed predicate',
  ],
  ['cosign 7', 'bundles of versions 0.1 and 0.2', BUNDLE, 'is accepted by both judges: %s'],
  ['cosign 7', 'message signatures', BUNDLE, 'is accepted by digest alone, as a statement and as a message signature'],
  ['cosign 8', 'an image with every format at once', FINDS, 'finds what is attached in every layout, in a fixed order'],
  [
    'cosign 9',
    '401, 403, HTML and wrong bytes at a place where a signature could be',
    IMAGE,
    'never calls an unreadable .sig tag unsigned: %s',
  ],
  [
    'cosign 9',
    'a registry that asks to wait',
    IMAGE,
    'calls a throttled referrers API indeterminate, with the time to wait',
  ],
  ['cosign 10', 'unsigned children of a signed index', MULTI_ARCH, 'must each be signed, even when the index is'],
  ['cosign 10', 'a child’s signature, used for its index', MULTI_ARCH, 'say nothing of their index'],
  ['cosign 11', 'bytes in a layout that don’t match their digest', LAYOUT, 'hashes what it reads'],
  ['cosign 11', 'a saved index', LAYOUT, 'has its signatures and attestations by their tag names'],
  [
    'cosign 12',
    'the graph as data, in a fixed order',
    'packages/triangulate/src/triangulate.test.ts',
    'in one graph of plain JSON',
  ],
  [
    'cosign 16',
    'an entry that the log doesn’t prove',
    LOOK_UP,
    'takes no entry that is not proven, and says that the log lies',
  ],
  ['cosign 16', 'an unrequested lookup', LOOK_UP, 'contacts no log unless the caller asks for it'],
  [
    'cosign 17',
    'a Rekor v2 entry without a timestamp',
    BUNDLE,
    "['time-missing', () => ({ sign: { logs: [sigstore.rekor2], timestamps: [] } })]",
  ],
  [
    'cosign 18',
    'a timestamp of a classic attestation',
    ATTESTATIONS,
    'verifies a timestamp of a .att over the whole envelope',
  ],
  [
    'cosign 19',
    'a docker-reference other than the required one',
    MULTI_ARCH,
    'is the repository, with any tag, or the very reference',
  ],
  [
    'cosign 20',
    'an attestation in place of a signature',
    ATTESTATIONS,
    'gives a policy’s own predicate types the same places to look at',
  ],
  [
    'cosign 22',
    'expressions that match anywhere',
    CLI,
    'searches with -regexp as cosign does, and warns when it is not anchored',
  ],
  ['cosign 22', 'a name of another kind', FIELDS, 'matches a %s only as such'],
  ['cosign 23', 'two issuers that differ', BUNDLE, "{ issuer: { v1: GITHUB_ISSUER, v2: 'https://other.test' } }"],
  ['cosign 24', 'each claim, wrong alone', FIELDS, 'has a row for each claim'],
  ['cosign 25', 'one signer in the place of two', DECIDE, 'counts a signer once, however often it signed'],
  ['cosign 26', 'trust with one kind of part left out', TRUST, 'trusts nothing of a kind that is left out: %s'],
  [
    'cosign 27',
    'two processes that share a cache',
    TUF,
    'lets calls at once share one refresh, and clients at once one directory',
  ],
  ['cosign 27', 'rollback', TUF, 'rollback: an older timestamp'],
  ['cosign 27', 'freeze (an expired root)', 'packages/sigtrail/test/tuf/attacks.ts', 'freeze: an expired root'],
  ['cosign 28', 'any use of the network, files or the clock', REPLAY, 'touches no clock, no file and no network: %s'],
  ['cosign 29', 'a wrong system clock', REPLAY, 'gives the same when the system’s date is wrong'],
  [
    'cosign 30',
    'a key service that fails or returns something else',
    'packages/sigtrail/src/keys/resolve-keys.test.ts',
    'brings something else',
  ],
  [
    'cosign 31',
    'a second signature in one envelope',
    ATTESTATIONS,
    'makes each signature of an envelope a candidate of its own',
  ],
  [
    'cosign 34',
    'an attestation that fails, beside one that passes',
    ATTESTATIONS,
    'is enough from any, or must hold of all by these signers',
  ],
  [
    'cosign 34',
    'a stranger’s attestation',
    ATTESTATIONS,
    'must hold of all only by these signers: a stranger’s attestation blocks no one',
  ],
  [
    'cosign 37',
    'refused candidates beside an accepted one',
    REPORT,
    'shows every check of every candidate with its mark, code, expected and actual',
  ],
  [
    'cosign 38',
    'a signed annotation called Subject',
    REPORT,
    'lets the certificate, not a signed annotation of that name, say who the subject is',
  ],
  [
    'cosign 39',
    'a place that can’t be read',
    WORLD,
    'is 14, never 10, when a place where a signature could be can’t be read',
  ],
  [
    'cosign 40',
    'a check that was never made',
    REPORT,
    'shows the pinned reference, the trust, the log entry and what was relaxed',
  ],
  [
    'cosign 41',
    'a stranger’s text on the terminal',
    WORLD,
    'reaches no terminal as a control character, in no output format',
  ],
  [
    'cosign 42',
    'a cache that one user fills for another',
    'packages/oci-client-lite/src/content/content-cache.test.ts',
    'never gives a user what only another user could read',
  ],
  ['cosign 43', 'one slow place', FINDS, 'the slow answer of one place doesn’t hold up the bytes of another'],
  ['cosign 44', 'a credential helper that is broken', OCI, 'S7 a helper that is broken'],
  ['cosign 45', 'a registry that says how long to wait', UNREADABLE, 'says how long the registry asked to wait'],
  [
    'cosign 46',
    'many large bundles together',
    LIMITS,
    'many large bundles together don’t fill the memory, nor push out a small one',
  ],
  ['cosign 47', 'a name that resolves to an inside address', HTTP, 'named by a public host: %s'],
  ['cosign 47', 'text that is not a CA certificate', 'packages/http/src/tls.test.ts', 'refuses %j'],
  [
    'cosign 48',
    'code that reads the environment and isn’t on the list',
    'tools/boundaries.test.ts',
    'read the environment only in the files named for it, and each of those does',
  ],
  [
    'cosign 50',
    'a log that forks',
    'packages/rekor/src/client/v2-client.test.ts',
    'is caught when it forks, and the two notes convict it',
  ],
  ['cosign 51', 'an .sbom tag over a signature', FINDS, 'an .sbom tag on a signature or a bundle doesn’t hide it'],
  [
    'cosign 53',
    'each case of sigstore-conformance, for the right reason',
    'acceptance/conformance/conformance.interop.test.ts',
    'for its own reason',
  ],
  [
    'cosign 21',
    'annotations of another subject',
    'packages/sigtrail/test/attacks/later-attacks.ts',
    'annotations of another subject than the one that matches',
  ],
];
