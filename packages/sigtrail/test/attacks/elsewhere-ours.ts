import type { ElsewhereLine } from './attack.ts';

const CHANGE = 'packages/rekor/src/monitor/log-change.test.ts';
const INDEX = 'packages/sigtrail/src/platforms/stranger-index.test.ts';
const PARTY = 'packages/sigtrail/src/trust/party.test.ts';
const REPLAY = 'packages/sigtrail/src/replay/replay.test.ts';
const UNREAD = 'packages/rekor/src/monitor/unread.test.ts';
const UNREAD_TRACK = 'packages/sigtrail/src/track/unread.test.ts';

/** Faults that Sigtrail had. Other tests show that they are mended; the last member of each line is our answer. */
export const OURS_LINES: readonly ElsewhereLine[] = [
  [
    'a stranger’s index',
    'an index nested more than three deep',
    INDEX,
    'nested deeper than three',
    '`too-many-platforms`',
  ],
  [
    'a stranger’s index',
    'any image that crane or skopeo would run from a verified reference',
    'acceptance/real/differential.test.ts',
    'judges whatever crane and skopeo take from what it verified',
    'it was verified',
  ],
  [
    'a restricted authority',
    'name constraints on an intermediate or a root, critical or not',
    'packages/sigtrail/src/establish/chain.test.ts',
    'refuses name constraints on %s',
    '`certificate-chain-invalid`',
  ],
  [
    'a restricted authority',
    'an unknown critical extension on a root',
    'packages/sigtrail/src/establish/chain.test.ts',
    'refuses a critical extension on %s that is not understood, and no other',
    '`certificate-chain-invalid`',
  ],
  [
    'a denied certificate',
    'a denied serial number, which counts only for its own authority',
    'packages/sigtrail/src/policy/deny-list.test.ts',
    'refuses a serial number of the authority that gave it, and of no other',
    '`certificate-denied`',
  ],
  ['one log as two', 'two shards that share a key', PARTY, 'counts shards of one key once', '`log-missing`'],
  [
    'one log as two',
    'two leaves of one TSA, before and after rotation',
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
    'an option that the function or method doesn’t have',
    'packages/sigtrail/src/doors.test.ts',
    'refuses an option that it does not have',
    '`unknown-option`',
  ],
  ['a forged capsule', 'a part that was changed or is missing', REPLAY, 'is refused by name: %s', '`invalid-capsule`'],
  [
    'a forged capsule',
    'the report of another capsule',
    REPLAY,
    'does not repeat the report of a different capsule',
    'it is not repeated',
  ],
  [
    'a forged capsule',
    'a file larger than any capsule',
    REPLAY,
    'is refused when it is larger than any',
    '`invalid-capsule`',
  ],
  [
    'two readings',
    'a name with a NUL, another script, direction or case, percent signs, or a dot after its host',
    'packages/sigtrail/src/policy/identity-spelling.test.ts',
    'refuses %s',
    '`identity-mismatch`, `certificate-claims-malformed`',
  ],
  [
    'a forged capsule',
    'a report that doesn’t follow from the bytes',
    'packages/cli/src/commands/replay.test.ts',
    'says that a changed file is not what was recorded',
    'the exit code is not 0',
  ],
  [
    'a forged capsule',
    'a file that turns the second judge off',
    'packages/sigtrail/src/replay/forged-capsule.test.ts',
    'is asked, though the file says that it is off',
    'it is asked',
  ],
  [
    'a forged capsule',
    'a file that omits what the policy forbids',
    'packages/sigtrail/src/replay/forged-capsule.test.ts',
    'says that the absence is the file’s own word: %s',
    'exit code 15',
  ],
  [
    'a renamed log',
    'a new name under the same key',
    CHANGE,
    'raises a log that renames itself',
    'an alarm, until acknowledged',
  ],
  ['a renamed log', 'a tree that disappeared', CHANGE, 'raises a tree that is gone', 'an alarm, until acknowledged'],
  [
    'a renamed log',
    'another log at the same address',
    CHANGE,
    'with another key is an alarm, also when both keys are trusted',
    'an alarm, until acknowledged',
  ],
  [
    'an unreadable entry',
    'an entry that holds nothing we recognise',
    UNREAD,
    'tells of one in which nothing is found',
    'an event, and exit code 14',
  ],
  [
    'an unreadable entry',
    'an entry that holds a watched image',
    UNREAD,
    'finds the digest of a watched image in it',
    'an event',
  ],
  ['an unreadable entry', 'an entry that holds a watched key', UNREAD, 'finds a watched key in it', 'an event'],
  [
    'an unreadable entry',
    'an entry that holds a tracked image',
    UNREAD_TRACK,
    'finds an entry that can’t be read by the digest in its bytes',
    'reported as unreadable',
  ],
  [
    'a framed log',
    'a checkpoint under the log’s name, signed by another trusted key',
    'packages/rekor/src/proof/evidence.test.ts',
    'does not convict a log of a %s for what another trusted key signed',
    'it is not attributed to the log',
  ],
  [
    'an untrue reason',
    'a link to an entry of a log other than the public Rekor v1',
    'packages/rekor/src/entry/entry-link.test.ts',
    'links an entry of the public Rekor v1',
    'no link',
  ],
  [
    'an untrue reason',
    'a timeline with an entry that couldn’t be read',
    UNREAD_TRACK,
    'shows an entry that the index leads to and that can’t be read, on the timeline too',
    'the timeline shows it',
  ],
  [
    'an untrue reason',
    'an unreadable bundle that may be the required attestation',
    'packages/sigtrail/src/verify-attestations.test.ts',
    'never says that no attestation is there of a bundle that can’t be read, which may be one',
    '`no-match`, never `no-attestation`',
  ],
];
