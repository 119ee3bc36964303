import { createLog } from '@sigtrail/testing';
import {
  bytes,
  callback,
  count,
  data,
  GUARD,
  json,
  list,
  NOT_A_DOOR,
  options,
  strict,
  takes,
  text,
  walkDoors,
} from './walk-doors.ts';
import * as formats from '@sigtrail/rekor/formats';
import * as entry from '@sigtrail/rekor';
import * as trustedLogs from '@sigtrail/rekor/trusted-logs';

const log = createLog();
const { publicKey } = log.key;
const checkpoint = entry.parseCheckpoint(log.checkpoint());
const body = new TextEncoder().encode('{"apiVersion":"0.0.1","kind":"other","spec":{}}');
const contents = entry.parseEntryBody(body);
const leaf = entry.leafHash(body);
const logId = log.logId.toString('hex');
const logged = { uuid: Buffer.from(leaf).toString('hex'), logIndex: 0, logId, integratedTime: 1, body };
const root = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' };
const logs = [{ publicKey }];
const trust = { logs };
const proof = { index: 0, size: 1, leafHash: leaf, hashes: [] };
const digest = `sha256:${'0'.repeat(64)}`;
const client = entry.createRekor({ url: 'https://127.0.0.1:9', trust: logs, version: 1 });
const store = {
  open: () => {
    throw new entry.RekorError('invalid-state', 'a test has no state');
  },
};
/** Where an empty object is malformed data, and has its own answer. */
const anyObject = (valid: object): ReturnType<typeof takes> => takes(valid, undefined, null, 42, 'text', []);
const optionalText = takes(undefined, null, 42, {});

walkDoors({
  entries: [entry, formats, trustedLogs],
  isOurs: entry.isRekorError,
  rows: {
    RekorError: NOT_A_DOOR,
    acknowledge: [takes(store, undefined, null, 42, {}), text('id'), options()],
    compareEntry: [data(contents), anyObject({ signature: new Uint8Array(1), digest: () => undefined })],
    callbackSink: [text('name'), callback(() => undefined)],
    candidatePayloads: [text(digest), optionalText],
    checkpointKeyHints: [data(publicKey), text('log.test')],
    checkpointTreeId: [text('log.test')],
    compareProofs: [list(), strict(trust), options()],
    computeLogFacts: [data(logged), list(logs)],
    createFileStore: [text('/nowhere')],
    createRekor: [strict({ url: 'https://rekor.test', trust: [] })],
    digestBytes: [text(digest)],
    encodePem: [data({ kind: 'public-key', der: new Uint8Array(3) })],
    entryUuid: [takes(1n, undefined, null, 42, {}, 'x'), bytes()],
    establishLogFacts: [data(logged), list(logs), callback(() => Promise.resolve(true))],
    formatCheckpoint: [data(checkpoint)],
    formatCheckpointText: [data(checkpoint)],
    importPublicKey: [bytes()],
    isLogAlarm: GUARD,
    isProposed: [data(contents), anyObject({ kind: 'dsse', apiVersion: '0.0.1', spec: {} })],
    isRekorError: GUARD,
    jsonlSink: [text('/nowhere/alarms.jsonl')],
    keyBytes: [json('not a key')],
    leafHash: [bytes()],
    logIdOf: [data(publicKey)],
    logsOfEntry: [data(logged), list(logs)],
    monitor: [strict({ logs: [{ rekor: client }], store, sinks: [] })],
    nodeHash: [bytes(), bytes()],
    noteKeyId: [data(publicKey), text('log.test')],
    parseCheckpoint: [text(log.checkpoint())],
    parseEntryBody: [bytes(body)],
    parseLogEntries: [bytes(new TextEncoder().encode('[]')), count(10)],
    parseLogEntry: [bytes(body), anyObject({ logIndex: 1 })],
    parseLogInfo: [bytes(body)],
    parseLogKey: [text(log.key.pem)],
    parseTransparencyLogEntry: [takes({}, undefined, null, 42, 'text')],
    parseWitnessKey: [text('witness.test+00000000+AA==')],
    proposeDsse: [strict({ envelope: '{}', verifierPems: [] })],
    proposeHashedRekord: [
      strict({ digest: { algorithm: 'sha256', digest: new Uint8Array(32) }, signature: body, verifierPem: '' }),
    ],
    proveEntry: [data(logged), strict(trust)],
    readContents: [bytes(body)],
    readCosignatures: [data(checkpoint), takes([], null, 42, {})],
    readTrustedLogs: [takes(root, undefined, null, 42, 'text', [])],
    inclusionSteps: [data(proof)],
    rootFromInclusionProof: [data(proof)],
    rsaFault: [data(publicKey)],
    searchBody: [bytes(body), list()],
    searchKeys: [strict({ digests: [digest] })],
    searchUrl: [anyObject({ publicKey }), count(1)],
    signatureLines: [data(checkpoint), data({ publicKey })],
    signedEntryTimestampPayload: [data({ body, integratedTime: 1, logIndex: 1, logID: logId })],
    toTransparencyLogEntry: [data(logged)],
    trackKeys: [list()],
    verifyCheckpoint: [data(checkpoint), list(logs)],
    verifyCheckpointSignature: [data(checkpoint), data({ key: publicKey, name: 'log.test' })],
    verifyConsistency: [anyObject({ firstSize: 1, firstRoot: leaf, secondSize: 1, secondRoot: leaf, hashes: [] })],
    verifyEvidence: [anyObject({ kind: 'entry' }), strict(trust)],
    verifyInclusion: [anyObject({ ...proof, rootHash: leaf })],
    verifyLogSignature: [data(publicKey), bytes(), bytes()],
    webhookSink: [text('https://hook.test'), options()],
    whyUnread: [data(contents)],
    whyRetired: [data(contents), list(logs)],
  },
});
