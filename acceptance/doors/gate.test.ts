import { callback, data, GUARD, list, NOT_A_DOOR, options, strict, takes, text, walkDoors } from './walk-doors.ts';
import * as entry from '@sigtrail/gate';

const map = entry.parsePolicyMap('version: 1\nimages: []\n');
const report = { entries: [], problems: [], files: [], verdict: 'passed', reports: {} };
const run = { report, pinned: [], notPinned: [], written: [], outdated: [], ignored: 0 };

walkDoors({
  entries: [entry],
  isOurs: entry.isGateError,
  rows: {
    GateError: NOT_A_DOOR,
    isGateError: GUARD,
    findImages: [text('FROM scratch\n'), options({ kind: 'dockerfile' })],
    gateExitCode: [data(run)],
    gateFiles: [list(['Dockerfile']), strict({ policyMap: 'sigtrail.yaml' })],
    kindByName: [text('Dockerfile')],
    kindOf: [text('FROM scratch\n'), takes('', null, 42, {})],
    lintPolicyMap: [data(map), strict({ now: new Date(0) })],
    mapFindingsToSarif: [list()],
    namedImages: [list(), options()],
    normalName: [data({ registry: 'ghcr.io', repository: 'a/b' })],
    parseEnvironmentFile: [text('A=1\n'), takes('.env', null, 42, {})],
    parsePolicyMap: [text('version: 1\nimages: []\n'), options()],
    pinText: [text('FROM scratch\n'), list()],
    policyText: [data({ dangerouslyAcceptAnySigner: true })],
    proposeMap: [list(), callback(() => undefined)],
    readPolicyMapFile: [text('sigtrail.yaml')],
    renderGate: [data(run), takes('text', undefined, null, 42, 'pdf')],
    writeNewFile: [text('nowhere/there.yaml'), text('')],
  },
});
