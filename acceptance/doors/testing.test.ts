import { bytes, data, list, NO_ARGUMENTS, options, strict, takes, text, walkDoors } from './walk-doors.ts';
import * as entry from '@sigtrail/testing';
import { afterAll } from 'vitest';

const key = entry.generateKeyPair();
const log = entry.createLog({ neighbours: 0 });
const authority = await entry.createCertificateAuthority();
const sigstore = await entry.createSigstore();
const registry = await entry.startRegistry();
afterAll(() => registry.close());
const imageDigest = `sha256:${'0'.repeat(64)}`;
const signer = await sigstore.issueCertificate();
entry.pushImage(registry, 'acme/signed:v1');
const image = text('acme/signed:v1');
const layer = sigstore.signImageLegacy({ imageDigest, signer });
const bundle = sigstore.signBundle({ statement: { imageDigest }, signer });
const subject = { mediaType: 'a/b', digest: imageDigest, size: 2 };
const part = { bytes: new Uint8Array(1), mediaType: 'a/b' };
const aKey = data(key);
const kind = takes('p256', null, 42, {}, 'p255');
const maybeObject = takes({}, null, 42, 'text', []);
const maybeText = takes('text', null, 42, {});
const aLog = data(log);

walkDoors({
  entries: [entry, { registry, sigstore }],
  rows: {
    attestationManifest: [text(imageDigest), takes([], null, 42, 'text', {})],
    attachBundle: [data(registry), image, data(bundle), options()],
    attachEnvelope: [data(registry), image, data(layer)],
    attachLayers: [data(registry), image, takes('sig', undefined, null, 42, 'sgi'), list([layer])],
    buildkitStatements: [text(imageDigest), takes([], null, 42, 'text', {})],
    bundleManifest: [data(bundle), data(subject), options()],
    createCertificateAuthority: [options()],
    createCtLog: [options()],
    createLog: [options()],
    createSigstore: [options()],
    createTimestampAuthority: [options()],
    descriptorOf: [data(part)],
    digestOf: [bytes(), takes('sha256', null, 42, 'md5')],
    entryResponse: [aLog, takes(0, undefined, null, 'text', {})],
    fallbackTagOf: [text(imageDigest)],
    generateKeyPair: [kind],
    indexOf: [list(), maybeObject, options()],
    issueTlsCertificate: [strict({ authority })],
    keyPairOf: [
      takes('p256', undefined, null, 42, 'p255'),
      takes(key.privateKey, undefined, null, 42, {}, key.publicKey),
    ],
    manifestOf: [data(part), list(), maybeObject, options()],
    pushImage: [data(registry), image, options()],
    pushManifest: [data(registry), text('acme/app'), data(entry.bundleManifest(bundle, subject)), maybeText],
    'registry.acceptConnections': NO_ARGUMENTS,
    'registry.attachReferrer': [text('acme/app'), text(imageDigest), data({ artifactType: 'a/b', layers: [] })],
    'registry.clearFaults': NO_ARGUMENTS,
    'registry.close': NO_ARGUMENTS,
    'registry.configure': [strict({})],
    'registry.fail': [strict({ fault: { kind: 'status', status: 503 } })],
    'registry.invalidateTokens': NO_ARGUMENTS,
    'registry.listReferrer': [text('acme/app'), text(imageDigest), data(subject)],
    'registry.loadLayout': [text('acme/app'), text('/nowhere'), maybeText],
    'registry.manifest': [text('acme/app'), text('v1')],
    'registry.putBlob': [text('acme/app'), bytes(), takes('sha256', null, 42, 'md5')],
    'registry.putManifest': [text('acme/app'), bytes(), text('a/b'), maybeText, takes('sha256', null, 42, 'md5')],
    'registry.referrersOf': [text('acme/app'), text(imageDigest)],
    'registry.refuseConnections': NO_ARGUMENTS,
    'registry.remove': [text('acme/app'), text('v1')],
    'registry.tag': [text('acme/app'), text('v1'), text(imageDigest)],
    'registry.tamper': [text('acme/app'), text(imageDigest), bytes()],
    'registry.transcript': NO_ARGUMENTS,
    signBytes: [aKey, bytes(), options()],
    signNote: [text('text\n'), data({ name: 'log.test', key, keyId: new Uint8Array(4) })],
    signatureManifest: [list(), takes(subject, null, 42, 'text', [], {}), takes(undefined, null, 42, 'text', {})],
    'sigstore.attest': [data(registry), image, strict({ type: 'https://acme.test/review', predicate: {} })],
    'sigstore.issueCertificate': [options()],
    'sigstore.signAttestationLegacy': [strict({ statement: { imageDigest }, signer })],
    'sigstore.signBundle': [strict({ statement: { imageDigest }, signer })],
    'sigstore.signFile': [bytes(), options()],
    'sigstore.signImage': [data(registry), image, options()],
    'sigstore.signImageLegacy': [strict({ imageDigest, signer })],
    'sigstore.timestamp': [bytes(), options()],
    'sigstore.trustedRoot': [options()],
    simpleSigningPayload: [strict({ imageDigest })],
    startProxy: [options({ to: 1 })],
    startRegistry: [options()],
    startRekor: [aLog],
    startRekorV2: [data(entry.createLog({ version: 2, neighbours: 0 })), maybeText],
    startTufRepository: [takes(new Date(), undefined, null, 42, 'text', {}, new Date(Number.NaN))],
    statementBytes: [strict({ imageDigest })],
    verifiedImageForTests: [options()],
  },
});
