import type { ElsewhereLine } from './attack.ts';

const BUDGET = 'packages/sigtrail/src/establish/budget.test.ts';
const CHANGE = 'packages/rekor/src/monitor/log-change.test.ts';
const DEADLINE = 'packages/sigtrail/src/deadline.test.ts';
const HEADERS = 'packages/oci-client-lite/src/auth/token-flow.test.ts';
const LOST = 'packages/rekor/src/monitor/state-difference.test.ts';
const REFERRERS = 'packages/sigtrail/src/hostile-referrers.test.ts';
const REMEMBERED = 'packages/sigtrail/src/remembered.test.ts';
const SIGNATURES = 'packages/sigtrail/src/establish/signatures.test.ts';
const TUF = 'packages/sigtrail/src/trust/tuf/tuf-trust.test.ts';

/** Our lines about memory, time, and what lasts: of an image, a cache, a list, a watcher. */
export const LIMIT_LINES: readonly ElsewhereLine[] = [
  [
    'memory',
    'dozens of large bundles',
    'packages/triangulate/src/limits.test.ts',
    'many large bundles together don’t fill the memory, nor push out a small one',
    'a byte budget',
  ],
  [
    'memory',
    'long bytes that were verified before',
    SIGNATURES,
    'answers for long bytes too',
    'they aren’t remembered',
  ],
  [
    'nesting',
    'JSON of any depth, in every package',
    'packages/encoding/src/strict-json.test.ts',
    'allows nesting up to the limit',
    '`too-deep`, during the scan',
  ],
  ['computing time', 'candidates that require too much computation', BUDGET, 'goes to the cheapest first', '`budget`'],
  [
    'computing time',
    'a deadline that passes during a computation',
    DEADLINE,
    'ends a candidate in the midst of its checks',
    '`deadline`',
  ],
  [
    'headers for every registry',
    'Docker’s HttpHeaders, at a host that no option names',
    HEADERS,
    'HttpHeaders of the Docker configuration',
    'they aren’t sent',
  ],
  [
    'the cache of TUF',
    'a stranger’s root in the cache',
    TUF,
    'never becomes the root of trust',
    'the caller’s root stays',
  ],
  [
    'the cache of TUF',
    'a cache whose last refresh is dated in the future',
    TUF,
    'can’t claim to be fresh by a refresh in the future',
    'it is refreshed',
  ],
  [
    'the cache of TUF',
    'a cache folder that others can write to',
    TUF,
    'is not read from a folder of mode %o',
    'it isn’t read',
  ],
  [
    'the cache of TUF',
    'a timestamp older than the one verified before',
    TUF,
    'rollback: an older timestamp',
    '`trust-unavailable`',
  ],
  [
    'what outlives a call',
    'a caller that edits a trusted root',
    REMEMBERED,
    'who edits a trusted root',
    'it is frozen',
  ],
  [
    'what outlives a call',
    'patches or globals that an import leaves behind',
    'tools/left-behind.test.ts',
    'leaves nothing behind in the process of its user',
    'nothing stays behind',
  ],
  [
    'what outlives a call',
    'a Link header that takes quadratic time',
    'packages/oci-client-lite/src/auth/challenge.test.ts',
    'is read in linear time, whatever the header holds',
    'linear time',
  ],
  [
    'a hostile list of referrers',
    'a next page that is the page itself',
    REFERRERS,
    'whose next page is itself',
    '`indeterminate` for what a policy forbids',
  ],
  [
    'a hostile list of referrers',
    'endless pages, each at a new address',
    REFERRERS,
    'whose pages never end, each with another address',
    '`indeterminate` for what a policy forbids',
  ],
  [
    'a hostile list of referrers',
    'a next page at an inside address',
    REFERRERS,
    'whose next page is an address inside',
    '`indeterminate` for what a policy forbids',
  ],
  ['a hostile list of referrers', 'a list that is cut off', REFERRERS, 'that is cut off', '`indeterminate`'],
  [
    'a hostile list of referrers',
    'one signature listed three times',
    REFERRERS,
    'that has one signature twice counts one signer',
    'it counts as one signer',
  ],
  [
    'a hostile list of referrers',
    'a descriptor whose digest doesn’t match its bytes',
    REFERRERS,
    'with another digest',
    '`indeterminate`',
  ],
  [
    'a hostile list of referrers',
    'members that Go reads and other parsers don’t',
    REFERRERS,
    'whose members Go reads and we don’t',
    '`indeterminate`',
  ],
  [
    'a hostile list of referrers',
    'a fallback tag that is a manifest',
    REFERRERS,
    'that is the manifest of a signature',
    '`indeterminate`',
  ],
  [
    'a hostile list of referrers',
    'a signature of another image under the fallback tag',
    REFERRERS,
    'that has a stranger’s signature of another image',
    '`no-match`',
  ],
  [
    'a hostile list of referrers',
    'a place that never answers, beside a good signature',
    DEADLINE,
    'is verified by the good signature although a place never answers, and that place is named',
    'verified, and the report names the place',
  ],
  [
    'what a watcher remembers',
    'a state without its logs, trees, entries or place in a scan',
    LOST,
    'raises an alarm that stands until it is acknowledged, and blames no log',
    '`state-incomplete`',
  ],
  [
    'what a watcher remembers',
    'a state whose parts contradict each other',
    LOST,
    'that counts fewer events than were told',
    '`invalid-state`',
  ],
  [
    'what a watcher remembers',
    'the attacker’s own log beside the watched ones',
    CHANGE,
    'is an alarm beside one that is known',
    '`log-changed`',
  ],
  [
    'another spelling',
    'a denied key written as RSASSA-PSS, or with a compressed point',
    'packages/sigtrail/src/policy/deny-list.test.ts',
    'refuses a key by the fingerprint of its spelling with %s',
    '`key-denied`',
  ],
  [
    'another spelling',
    'a promise whose signature is written as (r, n − s)',
    'packages/sigtrail/src/establish/duplicates.test.ts',
    'with the other spelling of its promise’s signature',
    '`log-entry-duplicate`',
  ],
  [
    'another spelling',
    'a token with unsigned certificates or attributes around it',
    'packages/sigtrail/src/establish/duplicates.test.ts',
    'unsigned around it',
    '`timestamp-duplicate`',
  ],
  [
    'another spelling',
    'provenance with both `Builder` and `builder`',
    'packages/sigtrail/src/attestation/predicates/known-object.test.ts',
    'Builder beside builder',
    '`predicate-malformed`',
  ],
];
