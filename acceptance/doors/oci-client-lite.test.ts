import { bytes, data, GUARD, list, NO_ARGUMENTS, NOT_A_DOOR, options, takes, text, walkDoors } from './walk-doors.ts';
import * as entry from 'oci-client-lite';
import * as names from 'oci-client-lite/names';

const content = new TextEncoder().encode('{}');
const digest = entry.digestOf(content);
const platform = { os: 'linux', architecture: 'amd64' };
const descriptor = { mediaType: 'a/b', digest, size: 2, platform };
const reference = { registry: 'ghcr.io', repository: 'acme/app' };
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'a/b', digest, size: 2 },
  layers: [],
};
const choice = takes('linux/amd64', undefined, null, 42, {}, 'linux');

walkDoors({
  entries: [entry, names],
  isOurs: entry.isOciError,
  rows: {
    OciError: NOT_A_DOOR,
    assertDigest: [bytes(content), text(digest), text('config'), takes(undefined, null, 42)],
    checkClientOptions: [options({})],
    couldSelect: [takes(descriptor, undefined, null, 42, 'text', []), choice],
    createOciClient: [options()],
    digestAlgorithm: [text(digest)],
    digestHex: [text(digest)],
    digestOf: [bytes(), takes('sha256', null, 42, 'md5')],
    fallbackTag: [text(digest)],
    fetchTransport: [options()],
    formatPlatform: [data(platform)],
    formatReference: [data(reference)],
    hostPlatform: NO_ARGUMENTS,
    isDigest: GUARD,
    isOciError: GUARD,
    isSelectable: [takes(descriptor, undefined, null, 42, 'text', [])],
    isTag: GUARD,
    layoutRoot: [data(entry.openLayout('/nowhere')), options()],
    openLayout: [text('/nowhere')],
    parseDigest: [text(digest)],
    parseManifest: [bytes(new TextEncoder().encode(JSON.stringify(manifest))), options({})],
    parsePlatform: [choice],
    parseReference: [text('ghcr.io/acme/app:1'), options()],
    readRegistryFiles: [options({ registriesConf: '/nowhere/registries.conf' })],
    repositoryName: [data(reference)],
    selectPlatform: [data({ kind: 'index', mediaType: 'a/b', manifests: [descriptor] }), choice],
    selectableFor: [list([descriptor]), choice],
    writeArtifact: [data(entry.openLayout('/nowhere')), text('v1'), text('/nowhere/out'), options()],
  },
});
