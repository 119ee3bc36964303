// Nothing here runs: what must not compile is the test.
import { toCosignJson } from '../render/to-cosign-json.ts';
import { toCosignEnvelopes } from '../render/to-cosign-envelopes.ts';
import { evaluateAttestations } from '../verify-attestations.ts';
import { evaluateImage } from '../verify-image.ts';
import type { Report } from './any-report.ts';
import type { AttestationsReport } from './attestations-report.ts';
import type {
  ImageReport,
  IndeterminateImageReport,
  RejectedImageReport,
  VerifiedImageReport,
} from './image-report.ts';
import type { PlatformsReport } from './platforms-report.ts';
import type { Check } from './report.ts';

const policy = { signedBy: { issuer: 'https://accounts.test', subject: 'a@acme.test' } } as const;

/** `K` where it can't be read of every member of the union `T`. */
type Missing<T, K extends string> = Exclude<K, keyof T>;

// Before narrowing, a report neither names what may be deployed, nor a signature that was accepted, nor a reason.
export const missing: readonly [Missing<ImageReport, 'reference'>, Missing<ImageReport, 'reason'>] = [
  'reference',
  'reason',
];
export const mayBeEmpty: ImageReport['signatures'] = [];
// @ts-expect-error what was rejected is not deployed
export const rejected: keyof RejectedImageReport = 'reference';
// @ts-expect-error what could not be judged is not deployed
export const indeterminate: keyof IndeterminateImageReport = 'reference';
// @ts-expect-error an image that could not be judged may not have been resolved
export const unresolved: string = {} as IndeterminateImageReport['digest'];

/** Only a verified report names what may be deployed, and by whom it is signed. */
export function deploy(report: ImageReport): string {
  switch (report.verdict) {
    case 'verified':
      return `${report.reference} ${report.policy.kind} ${report.signatures[0].candidate}`;
    case 'rejected':
      return `${report.reason} ${report.digest} ${report.signatures.length satisfies 0}`;
    case 'indeterminate':
      return `${report.problems[0].code} ${report.digest ?? report.requested}`;
  }
}

/** Every kind has what it is about, and nothing of another kind. */
export function describeReport(report: Report): string {
  // @ts-expect-error which kind it is comes first
  const early: unknown = report.platforms;
  switch (report.kind) {
    case 'image':
      // @ts-expect-error an image has no platforms
      return String(report.platforms ?? early);
    case 'platforms':
      // @ts-expect-error what may be deployed is the index or each platform
      return String(report.verdict === 'verified' ? report.reference : report.platforms.length);
    case 'attestations':
      // @ts-expect-error attestations are not signatures
      return String(report.verdict === 'verified' ? report.attestations[0].predicateType : report.signatures);
  }
}

/** A platform that is verified has a verified report, and says what covers it. */
export function coverage(report: PlatformsReport): readonly string[] {
  if (report.verdict === 'verified') return [report.platforms[0].report.reference, report.index ?? ''];
  return report.platforms.map((one) => (one.verdict === 'verified' ? one.by : one.report.verdict));
}

/** What was asked decides which report comes. */
export const asked: {
  readonly image: Promise<ImageReport>;
  readonly platforms: Promise<PlatformsReport>;
  readonly attestations: Promise<AttestationsReport>;
} = {
  image: evaluateImage('ghcr.io/acme/app', policy),
  platforms: evaluateImage('ghcr.io/acme/app', policy, { platforms: ['linux/amd64'] }),
  attestations: evaluateAttestations('ghcr.io/acme/app', { type: 'spdxjson', ...policy }),
};
// @ts-expect-error with platforms it is another report
export const another: Promise<ImageReport> = evaluateImage('ghcr.io/acme/app', policy, { platforms: 'each' });

/** cosign's output is written of what was accepted. */
export function print(image: ImageReport, attestations: AttestationsReport): readonly string[] {
  // @ts-expect-error it may be rejected
  const early = [toCosignJson(image), ''];
  // @ts-expect-error it may be rejected
  const both = [...early, toCosignEnvelopes(attestations)];
  return image.verdict === 'verified' ? [...both, toCosignJson(image)] : both;
}

// @ts-expect-error a verified report has a signature
export const unsigned: VerifiedImageReport['signatures'] = [];

export const check: Check = { check: 'a-check-of-tomorrow', status: 'passed', code: 'a-code-of-tomorrow', message: '' };
