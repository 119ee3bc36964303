import { checkOptions, optionError, type OptionTable } from '@sigtrail/encoding';
import { aList, anObject, aText } from './option-checks.ts';
import type { AcceptedSignature, VerifiedImage, VerifiedImageReport } from 'sigtrail';

/** What a stub of a verified image says; everything else has a plausible value. */
export interface VerifiedImageForTests {
  /** `registry/repository@sha256:…` */
  readonly reference?: string;
  readonly signatures?: readonly [AcceptedSignature, ...AcceptedSignature[]];
  /** Members of the report that a test looks at. */
  readonly report?: Partial<VerifiedImageReport>;
}

const STUB: OptionTable<VerifiedImageForTests> = { reference: aText, signatures: aList, report: anObject };

const REFERENCE = `registry.test/acme/app@sha256:${'a'.repeat(64)}`;

/**
 * A `VerifiedImage` that nothing verified: for tests of code that takes one. Only this and the verifier give that type; never use it
 * outside tests, since it calls anything "verified".
 *
 * @throws TypeError `unknown-option`, `invalid-option` for a reference without a digest
 * @example
 * const verifyImage = async () => verifiedImageForTests({ reference: 'ghcr.io/acme/app@sha256:…' });
 */
export function verifiedImageForTests(options: VerifiedImageForTests = {}): VerifiedImage {
  checkOptions(options, STUB, 'verifiedImageForTests');
  const { reference = REFERENCE, signatures = [SIGNATURE], report = {} } = options;
  const at = reference.lastIndexOf('@');
  const [repository, digest] = [reference.slice(0, at), reference.slice(at + 1)];
  if (at <= 0 || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw optionError(
      'invalid-option',
      '"reference" must be a repository and a digest, like registry.test/acme/app@sha256:…',
    );
  const whole: VerifiedImageReport = {
    schemaVersion: 1,
    kind: 'image',
    requested: reference,
    reference,
    repository,
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    verdict: 'verified',
    policy: { path: 'signedBy', kind: 'signed-by', label: 'any signer', status: 'satisfied' },
    problems: [],
    signatures,
    candidates: [],
    locations: [],
    transcript: [],
    trust: { kind: 'given', name: 'verifiedImageForTests' },
    relaxations: [],
    evaluatedAt: '2026-01-01T00:00:00.000Z',
    ...report,
  };
  // The brand is only in the type.
  return { reference, repository, digest, signatures, report: whole } as unknown as VerifiedImage;
}

const SIGNATURE: AcceptedSignature = {
  candidate: 'for-tests',
  format: 'sigstore-bundle',
  signer: { kind: 'key', fingerprint: `sha256:${'b'.repeat(64)}` },
  log: [],
  times: [],
  annotations: {},
  signature: '',
  signedTimestamps: [],
};
