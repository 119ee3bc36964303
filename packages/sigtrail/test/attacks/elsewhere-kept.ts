import type { ElsewhereLine } from './attack.ts';

const HOSTILE = 'packages/sigtrail/src/stores/hostile-stores.test.ts';
const LISTINGS = 'packages/sigtrail/src/stores/listings.test.ts';
const SHARED = 'packages/oci-client-lite/src/listings/shared-listings.test.ts';
const OWN = 'packages/sigtrail/src/replay/own-question.test.ts';

/** Attacks through what is kept: a store that processes share, a mirror, a capsule. */
export const KEPT_LINES: readonly ElsewhereLine[] = [
  [
    'a forged capsule',
    'a policy, trusted root or deny-list more lenient than the caller’s',
    OWN,
    'is judged by the policy that is given',
    'the caller’s own decides',
  ],
  [
    'a forged capsule',
    'answers recorded from different code of the same name, or keys from another resolver',
    OWN,
    'is not what the code of the capsule’s own policy answered',
    '`not-recorded`',
  ],
  [
    'a forged capsule',
    'a recorded clock at which the signature was recent',
    OWN,
    'whose clock counts is said: %s',
    'exit code 15',
  ],
  [
    'a mirror’s tag',
    'a mirror that resolves tags and omits a forbidden signature',
    HOSTILE,
    'is named, with a listing of its answer too, and proves no absence',
    '`place-unread`',
  ],
  [
    'a shared store',
    'a listing that was changed, cut, invented or prolonged',
    LISTINGS,
    'can’t mislead by %s',
    'the registry is asked again',
  ],
  [
    'a shared store',
    'a listing for another image, repository, account, mirror, proxy or authority',
    SHARED,
    'is shared only if nothing about the question differs',
    'the registry is asked again',
  ],
  [
    'a shared store',
    'an old listing, and a clock that was set back',
    HOSTILE,
    'that is set back makes no old',
    'the registry is asked again',
  ],
  [
    'a shared store',
    'an old listing that hides what a policy forbids',
    LISTINGS,
    'asks the registry itself: %s',
    'the registry is asked again',
  ],
  [
    'a shared store',
    'slow answers, each just in time',
    HOSTILE,
    'may take %i ms for every answer',
    'the store is left out',
  ],
  [
    'a shared store',
    'a buffer that is overwritten later, or only looks like bytes',
    HOSTILE,
    'may give what only looks',
    'the registry is asked again',
  ],
];
