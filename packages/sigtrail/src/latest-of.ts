import type { VerifiedTime } from './report/report.ts';

/**
 * The moment by which a signature certainly existed: the true time may be later than the stated one by the accuracy (RFC 3161 §2.4.2). The
 * other end, `time` less the accuracy, shows nothing: a timestamp never proves "not before", and Sigstore's own TSA (accuracy one second)
 * stamps in the very second in which the certificate begins.
 */
export function latestOf({ time, accuracyMs = 0 }: VerifiedTime): Date {
  return new Date(Date.parse(time) + accuracyMs);
}
