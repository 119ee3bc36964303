import { describe, expect, it } from 'vitest';
import type { VerifiedImageReport } from '../report/image-report.ts';
import type { AcceptedSignature, CandidateReport, VerifiedLogEntry } from '../report/report.ts';
import type { ImageInspection } from '../report/inspection.ts';
import { inspectionToText, safeText, toCosignJson, toText } from './index.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const candidateId = `sha256:${'b'.repeat(64)}#0`;
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

const entry: VerifiedLogEntry = {
  log: 'https://rekor.sigstore.dev',
  logId: 'bG9n',
  logIndex: 42,
  uuid: 'c'.repeat(80),
  integratedTime: '2026-11-23T09:38:42.000Z',
  kind: 'hashedrekord:0.0.1',
  inclusionProof: 'verified',
  inclusionPromise: 'absent',
  treeSize: 100,
  searchUrl: 'https://search.sigstore.dev/?logIndex=42',
};

const signature: AcceptedSignature = {
  candidate: candidateId,
  format: 'cosign-signature',
  signer: {
    kind: 'certificate',
    certificate: '',
    subjectAlternativeNames: [
      { kind: 'uri', value: 'https://acme.test/x' },
      { kind: 'email', value: 'alice@acme.test' },
    ],
    claims: { issuer: 'https://issuer.test', githubWorkflowName: 'Build & <ship>' },
    serialNumber: '01',
    notBefore: '2026-11-23T09:38:42Z',
    notAfter: '2026-11-23T09:48:42Z',
    authority: 'https://fulcio.test',
  },
  log: [entry],
  times: [{ time: '2026-11-23T09:38:42.000Z', source: 'log', authority: 'https://rekor.sigstore.dev' }],
  annotations: { env: 'prod' },
  dockerReference: 'registry.test/acme/app',
  signature: 'c2ln',
  payload: base64({
    critical: {
      identity: { 'docker-reference': 'registry.test/acme/app' },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: { env: 'prod', Subject: 'mallory', 10: 'ten', 9: 'nine' },
  }),
  cosignBundle: {
    SignedEntryTimestamp: 'c2V0',
    Payload: { body: 'Ym9keQ==', integratedTime: 1, logIndex: 42, logID: 'ff' },
  },
  signedTimestamps: [],
};

const candidate: CandidateReport = {
  id: candidateId,
  format: 'cosign-signature',
  carrier: 'tag',
  isAttestation: false,
  accepted: false,
  refusedBecause: 'identity-mismatch',
  checks: [
    { check: 'signature', status: 'passed', code: 'signature', message: 'the signature verifies' },
    {
      check: 'issuer',
      status: 'passed',
      code: 'issuer',
      message: 'as asked',
      expected: 'https://issuer.test',
      actual: 'https://issuer.test',
    },
    {
      check: 'identity',
      status: 'failed',
      code: 'identity-mismatch',
      message: 'signed by another',
      expected: 'bob',
      actual: 'al\u001bice',
    },
    { check: 'timestamp', status: 'skipped', code: 'timestamp-unknown', message: 'nobody we know' },
    { check: 'log', status: 'indeterminate', code: 'log-unread', message: 'not read' },
  ],
  unverifiedClaims: {
    subjectAlternativeNames: [{ kind: 'email', value: 'al\u202eice' }],
    claims: { issuer: 'https://issuer.test' },
    logIndexes: [7],
    integratedTimes: [],
  },
  secondJudge: { verdict: 'accepted' },
};

const report: VerifiedImageReport = {
  schemaVersion: 1,
  kind: 'image',
  requested: 'registry.test/acme/app:v1',
  reference: `registry.test/acme/app@${digest}`,
  repository: 'registry.test/acme/app',
  digest,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  policy: { path: 'signedBy', kind: 'signed-by', label: 'key', status: 'satisfied' },
  verdict: 'verified',
  problems: [],
  signatures: [signature],
  candidates: [candidate],
  locations: [{ kind: 'signature-tag', name: 'registry.test/acme/app:x.sig', answer: 'found' }],
  transcript: [],
  trust: { kind: 'embedded', name: 'public-good', snapshotDate: '2026-11-01', ageDays: 23 },
  relaxations: ['log: 0 instead of 1'],
  evaluatedAt: '2026-11-24T00:00:00.000Z',
};

const bundle: AcceptedSignature = {
  ...omitLegacy(signature),
  format: 'sigstore-bundle',
  predicateType: 'https://sigstore.dev/cosign/sign/v1',
  annotations: {},
};

function omitLegacy({
  payload: _payload,
  cosignBundle: _bundle,
  dockerReference: _name,
  ...rest
}: AcceptedSignature): AcceptedSignature {
  return rest;
}

const inspection: ImageInspection = {
  schemaVersion: 1,
  requested: report.requested,
  reference: `registry.test/acme/app@${digest}`,
  repository: 'registry.test/acme/app',
  digest,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  candidates: [{ ...candidate, log: [entry], times: [], proven: false, missing: [] }],
  attachments: [],
  locations: report.locations,
  transcript: [],
  trust: report.trust,
  evaluatedAt: report.evaluatedAt,
};

interface CosignElement {
  readonly critical: {
    readonly identity: Record<string, string>;
    readonly image: Record<string, string>;
    readonly type: string;
  };
  readonly optional: Record<string, unknown> | null;
}
const parse = (json: string): readonly CosignElement[] => JSON.parse(json) as readonly CosignElement[];

describe('toCosignJson', () => {
  it('prints what Go prints: keys sorted bytewise, structs in their order, HTML escaped', () => {
    expect(toCosignJson(report)).toBe(
      `[{"critical":{"identity":{"docker-reference":"registry.test/acme/app"},"image":{"docker-manifest-digest":"${digest}"},"type":"cosign container image signature"},` +
        '"optional":{"1.3.6.1.4.1.57264.1.1":"https://issuer.test","1.3.6.1.4.1.57264.1.4":"Build \\u0026 \\u003cship\\u003e","10":"ten","9":"nine",' +
        '"Bundle":{"SignedEntryTimestamp":"c2V0","Payload":{"body":"Ym9keQ==","integratedTime":1,"logIndex":42,"logID":"ff"}},' +
        '"Issuer":"https://issuer.test","Subject":"alice@acme.test","env":"prod","githubWorkflowName":"Build \\u0026 \\u003cship\\u003e"}}]',
    );
  });

  it('lets the certificate, not a signed annotation of that name, say who the subject is', () => {
    expect(parse(toCosignJson(report))[0]?.optional?.['Subject']).toBe('alice@acme.test');
  });

  it('adds for a bundle who signed and where it is logged, which cosign leaves out', () => {
    const [element] = parse(toCosignJson({ ...report, signatures: [bundle] }));
    expect(element?.critical).toEqual({
      identity: { 'docker-reference': 'registry.test/acme/app:v1' },
      image: { 'docker-manifest-digest': digest },
      type: 'https://sigstore.dev/cosign/sign/v1',
    });
    expect(element?.optional).toMatchObject({
      Subject: 'alice@acme.test',
      Issuer: 'https://issuer.test',
      githubWorkflowName: 'Build & <ship>',
      Bundle: { Payload: { logIndex: 42 } },
    });
  });

  it.each([
    ['alpine', 'index.docker.io/library/alpine', 'index.docker.io/library/alpine:latest'],
    ['registry.test:5000/app', 'registry.test:5000/app', 'registry.test:5000/app:latest'],
    ['registry.test:5000/app:v1', 'registry.test:5000/app', 'registry.test:5000/app:v1'],
    [`registry.test/app:v1@${digest}`, 'registry.test/app', `registry.test/app@${digest}`],
    ['oci:layout:v1', 'oci:layout', 'oci:layout:v1'],
  ])('names %s as cosign does', (requested, repository, expected) => {
    const [element] = parse(toCosignJson({ ...report, requested, repository, signatures: [bundle] }));
    expect(element?.critical.identity['docker-reference']).toBe(expected);
  });

  it('prints null where Go prints a nil map: a key, no annotations, no log', () => {
    const payload = base64({
      critical: {
        identity: { 'docker-reference': '' },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    });
    const plain: AcceptedSignature = {
      ...omitLegacy(signature),
      payload,
      signer: { kind: 'key', fingerprint: 'sha256:1' },
      log: [],
    };
    expect(parse(toCosignJson({ ...report, signatures: [plain] }))[0]?.optional).toBeNull();
  });

  it('keeps a hostile annotation off the terminal, and in the document', () => {
    const json = toCosignJson({ ...report, signatures: [{ ...bundle, annotations: { x: '\u009b\u202e' } }] });
    expect(json).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(parse(json)[0]?.optional?.['x']).toBe('\u009b\u202e');
  });
});

describe('toText', () => {
  const text = toText(report);

  it('shows the pinned reference, the trust, the log entry and what was relaxed', () => {
    for (const part of [
      `registry.test/acme/app@${digest}`,
      'snapshot of 2026-11-01, 23 days old',
      'index 42',
      `UUID ${'c'.repeat(80)}`,
      'https://search.sigstore.dev/?logIndex=42',
      'log: 0 instead of 1',
      'annotation env=prod',
      'signed as  registry.test/acme/app',
    ])
      expect(text).toContain(part);
  });

  it('shows every check of every candidate with its mark, code, expected and actual', () => {
    expect(text).toMatch(/✓ signature +the signature verifies\n/);
    expect(text).toMatch(/✓ issuer +as asked \(https:\/\/issuer\.test\)\n/);
    expect(text).toMatch(/✗ identity: identity-mismatch +signed by another \(expected bob; got al\\u001bice\)\n/);
    expect(text).toMatch(/– timestamp: timestamp-unknown +nobody we know\n/);
    expect(text).toMatch(/\? log: log-unread +not read\n/);
  });

  it('marks what a refused candidate says about itself as unverified, and escapes it', () => {
    expect(text).toContain('*unverified* identity al\\u202eice');
  });

  it('links the search page only if the entry has a link', () => {
    expect(text).toContain('; https://search.sigstore.dev/?logIndex=42\n');
    const { searchUrl: _, ...elsewhere } = entry;
    expect(toText({ ...report, signatures: [{ ...signature, log: [elsewhere] }] })).not.toContain('search.sigstore');
  });
});

describe('inspectionToText', () => {
  it('says what is unverified and which check is to blame', () => {
    const text = inspectionToText(inspection);
    expect(text).toContain('cosign-signature *unverified*');
    expect(text).toContain('*unverified* identity al\\u202eice');
    expect(text).toContain('✗ identity: identity-mismatch');
  });
});

describe('safeText', () => {
  it.each([
    ['plain text – ünïcode ✓', 'plain text – ünïcode ✓'],
    ['\u001b[31m', '\\u001b[31m'],
    ['\u009b\u007f', '\\u009b\\u007f'],
    ['\u202e\u2066\u200b\ufeff', '\\u202e\\u2066\\u200b\\ufeff'],
    ['a\r\nb\u2028c', 'a\\u000d\\u000ab\\u2028c'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800', '\\ud800'],
  ])('escapes %j', (text, expected) => {
    expect(safeText(text)).toBe(expected);
  });

  it('leaves JSON the same document', () => {
    const value = { name: 'a\u009b\u202e\u{e0041}"\\' };
    expect(JSON.parse(safeText(JSON.stringify(value)))).toEqual(value);
  });
});
