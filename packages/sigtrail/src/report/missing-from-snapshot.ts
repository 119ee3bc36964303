import { counted } from '@sigtrail/encoding';
import type { Check, MissingFromSnapshot, TrustSource } from './report.ts';

const AUTHORITIES: Readonly<Record<string, string>> = {
  'certificate-issuer-unknown': 'the certificate authority',
  'log-unknown': 'the transparency log',
  'sct-log-unknown': 'the CT log',
  'timestamp-authority-unknown': 'the timestamp authority',
};

/** Checks that can't pass without a known authority: a required party can't be counted, and the second judge uses the same root. */
const CONSEQUENCES: Readonly<Record<string, readonly string[]>> = {
  'certificate-chain': ['certificate-issuer-unknown'],
  'certificate-now': ['certificate-issuer-unknown'],
  'required-log': ['log-unknown'],
  'required-sct': ['sct-log-unknown', 'certificate-issuer-unknown'],
  'required-time': ['log-unknown', 'timestamp-authority-unknown'],
  'required-tsa': ['timestamp-authority-unknown'],
  'second-judge': Object.keys(AUTHORITIES),
};

/** Says so if a candidate may fail only because of the age of the embedded snapshot. */
export function missingFromSnapshot(
  checks: readonly Pick<Check, 'check' | 'code' | 'status'>[],
  { snapshotDate, ageDays = 0 }: TrustSource,
): MissingFromSnapshot | undefined {
  if (snapshotDate === undefined) return undefined;
  const failed = checks.filter(({ status }) => status === 'failed' || status === 'indeterminate');
  const codes = new Set<string>(checks.filter(({ status }) => status !== 'passed').map(({ code }) => code));
  const unknown = Object.keys(AUTHORITIES).filter((code) => codes.has(code));
  const isConsequence = ({ check, code, status }: (typeof checks)[number]): boolean =>
    status === 'failed' &&
    // A chain that fails for a different reason also fails under a newer root.
    (check !== 'certificate-chain' || code === 'certificate-issuer-unknown') &&
    (CONSEQUENCES[check] ?? []).some((cause) => codes.has(cause));
  if (failed.length === 0 || !failed.every(isConsequence)) return undefined;
  const unknownAuthorities = unknown.map((code) => AUTHORITIES[code]).join(', ');
  return {
    snapshotDate,
    message: `the embedded trusted root, a snapshot of ${snapshotDate} (${counted(ageDays, 'day')} old), does not have ${unknownAuthorities} of this signature; if the snapshot is too old, refresh trust with tufTrust() (on the command line: --tuf) or update sigtrail; if the signature comes from a different Sigstore instance, give the trusted root of that instance`,
  };
}
