import { data, GUARD, NOT_A_DOOR, options, strict, takes, text, walkDoors } from './walk-doors.ts';
import * as entry from '@sigtrail/gate';

const map = entry.parsePolicyMap('version: 1\nimages: []\n');

walkDoors({
  entries: [entry],
  isOurs: entry.isGateError,
  rows: {
    GateError: NOT_A_DOOR,
    isGateError: GUARD,
    findImages: [text('FROM scratch\n'), options({ kind: 'dockerfile' })],
    kindByName: [text('Dockerfile')],
    kindOf: [text('FROM scratch\n'), takes('', null, 42, {})],
    lintPolicyMap: [data(map), strict({ now: new Date(0) })],
    normalName: [data({ registry: 'ghcr.io', repository: 'a/b' })],
    parsePolicyMap: [text('version: 1\nimages: []\n'), options()],
  },
});
