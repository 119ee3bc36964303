import type { ElsewhereLine } from './attack.ts';

const HOSTILE = 'packages/sigtrail/src/stores/hostile-stores.test.ts';
const LISTINGS = 'packages/sigtrail/src/stores/listings.test.ts';
const SHARED = 'packages/oci-client-lite/src/listings/shared-listings.test.ts';
const OWN = 'packages/sigtrail/src/replay/own-question.test.ts';

/** Attacks through what is kept: a store that processes share, a mirror, a capsule. */
export const KEPT_LINES: readonly ElsewhereLine[] = [
  [
    'a forged capsule',
    'a policy, a trusted root or a deny-list that asks less than the caller’s',
    OWN,
    'is judged by the policy that is given',
    'the caller’s counts',
  ],
  [
    'a forged capsule',
    'the answers of other code of the same name, or the keys of another resolver',
    OWN,
    'is not what the code of the capsule’s own policy answered',
    '`not-recorded`',
  ],
  ['a forged capsule', 'a date at which the signature was new', OWN, 'whose clock counts is said: %s', 'exit code 15'],
  [
    'a mirror’s tag',
    'a mirror that resolves tags leaves a signature out that the policy forbids',
    HOSTILE,
    'is named, with a listing of its answer too, and proves no absence',
    '`place-unread`',
  ],
  [
    'a shared store',
    'a listing that is changed, cut, invented, or given a later end',
    LISTINGS,
    'can’t mislead by %s',
    'asked anew',
  ],
  [
    'a shared store',
    'the listing of another image, repository, account, mirror, proxy or authority',
    SHARED,
    'is shared only if nothing about the question differs',
    'asked anew',
  ],
  [
    'a shared store',
    'an old listing, with a clock that is set back',
    HOSTILE,
    'that is set back makes no old',
    'asked anew',
  ],
  [
    'a shared store',
    'an old listing, to hide what a policy forbids',
    LISTINGS,
    'asks the registry itself: %s',
    'asked anew',
  ],
  ['a shared store', 'slow answers, each just in time', HOSTILE, 'may take %i ms for every answer', 'left out'],
  [
    'a shared store',
    'a buffer that is written over, or only looks like bytes',
    HOSTILE,
    'may give what only looks',
    'asked anew',
  ],
];
