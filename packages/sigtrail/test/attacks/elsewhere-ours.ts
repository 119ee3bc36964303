import type { ElsewhereLine } from './attack.ts';

const BUDGET = 'packages/sigtrail/src/establish/budget.test.ts';
const CHANGE = 'packages/rekor/src/monitor/log-change.test.ts';
const DEADLINE = 'packages/sigtrail/src/deadline.test.ts';
const HEADERS = 'packages/oci-client-lite/src/auth/token-flow.test.ts';
const INDEX = 'packages/sigtrail/src/platforms/stranger-index.test.ts';
const PARTY = 'packages/sigtrail/src/trust/party.test.ts';
const REMEMBERED = 'packages/sigtrail/src/remembered.test.ts';
const REPLAY = 'packages/sigtrail/src/replay/replay.test.ts';
const SIGNATURES = 'packages/sigtrail/src/establish/signatures.test.ts';
const TUF = 'packages/sigtrail/src/trust/tuf/tuf-trust.test.ts';
const UNREAD = 'packages/rekor/src/monitor/unread.test.ts';
const UNREAD_TRACK = 'packages/sigtrail/src/track/unread.test.ts';

/** Faults that Sigtrail had, which other tests show mended; last, what answers each. */
export const OURS_LINES: readonly ElsewhereLine[] = [
  ['a stranger’s index', 'indexes nested deeper than three', INDEX, 'nested deeper than three', '`too-many-platforms`'],
  [
    'a stranger’s index',
    'whatever crane and skopeo run from what was verified',
    'acceptance/real/differential.test.ts',
    'judges whatever crane and skopeo take from what it verified',
    'was judged',
  ],
  [
    'a restricted authority',
    'name constraints, critical or not, on an intermediate or a root',
    'packages/sigtrail/src/establish/chain.test.ts',
    'refuses name constraints on %s',
    '`certificate-chain-invalid`',
  ],
  [
    'a restricted authority',
    'a critical extension of a root that is not understood',
    'packages/sigtrail/src/establish/chain.test.ts',
    'refuses a critical extension on %s that is not understood, and no other',
    '`certificate-chain-invalid`',
  ],
  [
    'a denied certificate',
    'a serial number, of its authority and of no other',
    'packages/sigtrail/src/policy/deny-list.test.ts',
    'refuses a serial number of the authority that gave it, and of no other',
    '`certificate-denied`',
  ],
  ['one log as two', 'shards that share a key', PARTY, 'counts shards of one key once', '`log-missing`'],
  [
    'one log as two',
    'rotated leaves of one TSA',
    PARTY,
    'a rotated leaf under one anchor counts once',
    '`timestamp-missing`',
  ],
  [
    'an authority beside another',
    'every pair of profiles',
    'packages/sigtrail/src/decide/voucher.test.ts',
    'beside %s, a certificate of %s for %s: %s',
    '`profile-mismatch`',
  ],
  [
    'a misspelt option',
    'any option that a function or method does not have',
    'packages/sigtrail/src/doors.test.ts',
    'refuses an option that it does not have',
    '`unknown-option`',
  ],
  ['a forged capsule', 'parts that were changed or are missing', REPLAY, 'is refused by name: %s', '`invalid-capsule`'],
  [
    'a forged capsule',
    'a report that is not what the bytes give',
    'packages/cli/src/commands/replay.test.ts',
    'says that a changed file is not what was recorded',
    'exit code other than 0',
  ],
  [
    'a forged capsule',
    'what a policy forbids left out of the file',
    'packages/sigtrail/src/replay/forged-capsule.test.ts',
    'says that the absence is the file’s own word: %s',
    'exit code 15',
  ],
  [
    'a renamed log',
    'another name, the same key',
    CHANGE,
    'raises a log that renames itself',
    'alarm until acknowledged',
  ],
  ['a renamed log', 'a tree that is gone', CHANGE, 'raises a tree that is gone', 'alarm until acknowledged'],
  [
    'a renamed log',
    'another log at the address',
    CHANGE,
    'with another key is an alarm, also when both keys are trusted',
    'alarm until acknowledged',
  ],
  [
    'an unreadable entry',
    'nothing in it is found',
    UNREAD,
    'tells of one in which nothing is found',
    'event, exit code 14',
  ],
  ['an unreadable entry', 'a watched image in it', UNREAD, 'finds the digest of a watched image in it', 'event'],
  ['an unreadable entry', 'a watched key in it', UNREAD, 'finds a watched key in it', 'event'],
  [
    'an unreadable entry',
    'an image that is tracked in it',
    UNREAD_TRACK,
    'finds an entry that can’t be read by the digest in its bytes',
    'said to be unreadable',
  ],
  [
    'a framed log',
    'a checkpoint under its name by another trusted key',
    'packages/rekor/src/proof/evidence.test.ts',
    'does not convict a log of a %s for what another trusted key signed',
    'not attributable',
  ],
  [
    'an untrue reason',
    'an address of an entry of another log',
    'packages/rekor/src/entry/entry-link.test.ts',
    'links an entry of the public Rekor v1',
    'no address',
  ],
  [
    'an untrue reason',
    'an entry that could not be read, on a timeline',
    UNREAD_TRACK,
    'shows an entry that the index leads to and that can’t be read, on the timeline too',
    'said on the timeline',
  ],
  [
    'an untrue reason',
    'a bundle that can’t be read, where attestations are asked for',
    'packages/sigtrail/src/verify-attestations.test.ts',
    'never says that no attestation is there of a bundle that can’t be read, which may be one',
    'no-match, never no-attestation',
  ],
  [
    'memory',
    'large bundles by the dozen',
    'packages/triangulate/src/limits.test.ts',
    'many large bundles together don’t fill the memory, nor push out a small one',
    'a budget of bytes',
  ],
  ['memory', 'long bytes that were verified once', SIGNATURES, 'answers for long bytes too', 'not remembered'],
  [
    'nesting',
    'JSON of any depth, in every package',
    'packages/encoding/src/strict-json.test.ts',
    'allows nesting up to the limit',
    '`too-deep` while it is scanned',
  ],
  ['computing time', 'candidates that ask for too much', BUDGET, 'goes to the cheapest first', '`budget`'],
  [
    'computing time',
    'a deadline while something is computed',
    DEADLINE,
    'ends a candidate in the midst of its checks',
    '`deadline`',
  ],
  [
    'headers for every registry',
    'Docker’s HttpHeaders at a host that no option names',
    HEADERS,
    'HttpHeaders of the Docker configuration',
    'not sent',
  ],
  [
    'the cache of TUF',
    'a root of a stranger in the cache',
    TUF,
    'never becomes the root of trust',
    'the given root stays',
  ],
  [
    'the cache of TUF',
    'a refresh in the future',
    TUF,
    'can’t claim to be fresh by a refresh in the future',
    'refreshed',
  ],
  ['the cache of TUF', 'a folder that others may write', TUF, 'is not read from a folder of mode %o', 'not read'],
  [
    'the cache of TUF',
    'an older timestamp than was verified',
    TUF,
    'rollback: an older timestamp',
    '`trust-unavailable`',
  ],
  ['what outlives a call', 'a trusted root that is edited', REMEMBERED, 'who edits a trusted root', 'frozen'],
  [
    'what outlives a call',
    'patches and globals after an import',
    'tools/left-behind.test.ts',
    'leaves nothing behind in the process of its user',
    'nothing left',
  ],
  [
    'what outlives a call',
    'a Link header that takes quadratic time',
    'packages/oci-client-lite/src/auth/challenge.test.ts',
    'is read in linear time, whatever the header holds',
    'linear',
  ],
];
