import { generateKeyPair, verifiedImageForTests } from '@sigtrail/testing';
import { isClaimsError } from '@sigtrail/fulcio-claims';
import { isOciError } from 'oci-client-lite';
import {
  bytes,
  data,
  GUARD,
  list,
  NOT_A_DOOR,
  options,
  type Row,
  strict,
  takes,
  text,
  walkDoors,
} from './walk-doors.ts';
import * as attestation from 'sigtrail/attestations';
import * as discover from 'sigtrail/triangulate';
import * as opentelemetry from 'sigtrail/opentelemetry';
import * as evidence from 'sigtrail/bundle';
import * as entry from 'sigtrail';
import * as policyEntry from 'sigtrail/policy';
import * as policyFile from 'sigtrail/policy-file';
import * as render from 'sigtrail/report';
import * as pages from 'sigtrail/report/html';
import * as replay from 'sigtrail/replay';
import * as track from 'sigtrail/track';
import * as trust from 'sigtrail/trust';

const rule = { issuer: 'https://issuer.test', subject: 'https://issuer.test/a' };
const policy = { signedBy: rule };
const request = { type: 'vuln', ...policy };
// No server listens there: whatever is refused here is refused before any work.
const REFERENCE = '127.0.0.1:1/acme/app:1';
const reference = text(REFERENCE);
const policies = strict(policy);
/** Objects that take any member. */
const part = (valid: object): ReturnType<typeof takes> => takes(valid, undefined, null, 42, 'text');
const github = { repository: 'acme/app', workflow: 'release.yml' };
const digest = `sha256:${'0'.repeat(64)}`;
const graph = { finds: [], locations: [], want: ['signatures'] };
const root = trust.parseTrustedRoot(trust.PUBLIC_GOOD_ROOT);
const { pem } = generateKeyPair();
const call = options({ timeoutMs: 200 });
const verified = verifiedImageForTests();
const verifiedBundle = {
  signature: verified.signatures[0],
  report: { checks: [] },
  trust: verified.report.trust,
};
const anyText = takes('text', undefined, null, 42, {});

const BUNDLE_ANSWER: Row = [
  text('app.tgz'),
  data({ verdict: 'verified', ...verifiedBundle }),
  takes(new Date(), undefined, null, 42, 'text'),
];

const rows: Readonly<Record<string, Row>> = {
  SigtrailError: NOT_A_DOOR,
  ago: [text('2026-11-27T09:00:00Z'), text('2026-11-27T10:00:00Z')],
  acceptImage: [part(() => true)],
  allOf: [policies],
  anyOf: [policies],
  atLeast: [takes(1, undefined, null, 'text', 0, -1), list([rule])],
  attested: [text('vuln'), strict(rule)],
  captureEvidence: [reference, policies, call],
  checkToText: [data({ check: 'subject', status: 'passed', code: 'subject', message: '' })],
  claimsToText: [data({ claims: {}, publicKey: {} }), part({})],
  createVerifier: [options()],
  decodeSigner: [bytes()],
  dependentSteps: [list()],
  deny: [text('why')],
  describeEntry: [data({ body: new Uint8Array(), place: {} }), data({ trust: root, now: new Date() })],
  explainCode: [text('log-missing')],
  findsOf: [data(graph), text(digest)],
  gapsOf: [data(graph)],
  githubRelease: [strict({ repository: 'acme/app', tag: 'v1' })],
  isAbsent: [data(graph), takes('signatures', undefined, null, 42)],
  importKubernetesPolicies: [text('kind: ClusterImagePolicy'), options()],
  nameAttachment: [reference, takes('signature', undefined, null, 42), options()],
  parseImageLocator: [reference],
  parsePlatform: [takes('linux/amd64', undefined, null, 42, {})],
  toBundle: [
    takes({ kind: 'simple-signing', bytes: new Uint8Array(1), annotations: {} }, undefined, null, 42, 'text', []),
    options(),
  ],
  triangulateImage: [reference, options()],
  vsa: [strict({ verifierId: 'https://verifier.test', levels: ['SLSA_BUILD_LEVEL_3'] })],
  entryToLine: [data({ fields: [] })],
  entryToText: [data({ url: '', fields: [], checks: [] })],
  evaluateAttestations: [reference, strict(request), call],
  evaluateImage: [reference, policies, call],
  githubWorkflow: [strict(github)],
  gitlabPipeline: [strict({ project: 'acme/app' })],
  glob: [text('a*')],
  importClusterImagePolicy: [text('kind: ClusterImagePolicy'), options()],
  importCosignCommand: [takes('cosign verify image', undefined, null, 42, {}), options()],
  importGhCommand: [takes('gh attestation verify oci://ghcr.io/acme/app --owner acme', undefined, null, 42, {})],
  inspectImage: [reference, call],
  inspectionToText: [data({ reference: '', candidates: [] }), options()],
  isAnchored: [text('^a$')],
  isSigtrailError: GUARD,
  // A policy that can't be read is a finding.
  lintPolicy: [takes(policy), options()],
  maxAge: [text('30d')],
  not: [policies],
  notAffected: [strict({ signedBy: rule })],
  notOlderThan: [takes('2026-01-01T00:00:00Z', undefined, null, 42, {})],
  onlyImage: [data({ images: [], report: {} })],
  parseCapsule: [takes('{}', undefined, null, 42, [])],
  parsePublicKey: [takes(pem, undefined, null, 42, {})],
  parseTrustedRoot: [takes(trust.PUBLIC_GOOD_ROOT, undefined, null, 42, {}, [], 'text')],
  re2: [text('a')],
  re2Search: [text('a')],
  readLocatedPolicy: [anyText, options()],
  readPolicy: [anyText, options()],
  readSlsaProvenance: [text('https://slsa.dev/provenance/v1'), takes({})],
  readVex: NOT_A_DOOR,
  replay: [takes('{}', undefined, null, 42, []), options()],
  safeText: [text('a')],
  signedAfter: [text('2026-01-01T00:00:00Z')],
  signedBy: [strict(rule)],
  slsa: [strict({ builderId: 'https://builder.test' })],
  timelineOf: [list(), options()],
  timelineToText: [data({ signers: [], changes: [] }), options()],
  toCosignEnvelopes: [data({ kind: 'attestations', attestations: [] })],
  toCosignJson: [data({ kind: 'image', signatures: [] })],
  toCosignTree: [data({ reference: '', finds: [] })],
  toHtml: [takes(verifiedImageForTests().report, undefined, null, 42, 'text', {}, [42], [{}])],
  toMarkdown: [takes(verifiedImageForTests().report, undefined, null, 42, 'text', {}, [], [42])],
  toPolicyDocument: [strict(policy)],
  toSarif: [list()],
  bundleToHtml: BUNDLE_ANSWER,
  bundleToSummary: BUNDLE_ANSWER,
  toSummary: [data(verifiedImageForTests().report)],
  toTable: [list(), options()],
  toTableRow: [data(verifiedImageForTests().report)],
  toText: [data(verifiedImageForTests().report)],
  traceStages: [options()],
  trackImage: [reference, call],
  trackToText: [
    data({
      reference: '',
      entries: [],
      signatures: [],
      trust: { kind: 'given', name: 'a' },
      reconciliation: {},
      problems: [],
      sources: [],
      limits: {},
    }),
  ],
  triangulationToText: [data({ finds: [], locations: [] })],
  'trustRoot.combine': [list([root])],
  'trustRoot.fromJson': [takes(trust.PUBLIC_GOOD_ROOT, undefined, null, 42, {}, [], 'text')],
  'trustRoot.fromParts': [strict({})],
  tufTrust: [options()],
  verifyAttestations: [reference, strict(request), call],
  verifyBundle: [
    takes('{}', undefined, null, 42, []),
    takes(`sha256:${'0'.repeat(64)}`, undefined, null, 42, {}),
    policies,
    options(),
  ],
  verifyImage: [reference, policies, call],
  writePolicy: [strict(policy)],
};

walkDoors({
  entries: [
    entry,
    policyEntry,
    policyFile,
    trust,
    track,
    replay,
    attestation,
    render,
    pages,
    discover,
    evidence,
    opentelemetry,
  ],
  isOurs: (error) => entry.isSigtrailError(error) || isOciError(error) || isClaimsError(error),
  rows,
});
