import { data, list, options, takes, text, walkDoors } from './walk-doors.ts';
import { isOciError } from 'oci-client-lite';
import * as entry from '@sigtrail/triangulate';
import * as names from '@sigtrail/triangulate/names';

const digest = `sha256:${'0'.repeat(64)}`;
const graph = { finds: [], locations: [], want: ['signatures'] };
const wanted = takes('signatures', undefined, null, 42, {}, 'signature');
// No server listens there.
const reference = text('127.0.0.1:1/acme/app:1');

walkDoors({
  entries: [entry, names],
  isOurs: isOciError,
  rows: {
    attestationManifestsOf: [data({ manifests: [] }), text(digest)],
    attachmentName: [reference, takes('signature', undefined, null, 42, 'signatures'), options()],
    attestationTag: [text(digest), takes('', null, 42)],
    dependentSteps: [list()],
    fallbackTag: [text(digest)],
    findsOf: [data(graph), text(digest)],
    formatPlatform: [data({ os: 'linux', architecture: 'amd64' })],
    gapsOf: [data(graph)],
    isAbsent: [data(graph), wanted],
    parseImageLocator: [text('ghcr.io/acme/app:1')],
    parsePlatform: [takes('linux/amd64', undefined, null, 42, {}, 'linux')],
    sbomTag: [text(digest), takes('', null, 42)],
    signatureTag: [text(digest), takes('', null, 42)],
    statementsOf: [data({ layers: [] })],
    triangulate: [reference, options()],
  },
});
