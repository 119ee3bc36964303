import { type CheckOption, optionError } from '@sigtrail/encoding';
import type { CertificateOptions } from '../sigstore/certificate.ts';
import { createCertificateAuthority } from '../sigstore/certificate-authority.ts';
import { digestOf } from '../registry/digest.ts';
import { oneOf } from '../option-checks.ts';

/**
 * What is wrong with a signature that is right otherwise:
 * - `expired`: the certificate had expired when it signed
 * - `untrusted`: the certificate is by an authority that the trusted root doesn't have
 * - `unlogged`: no log has an entry; a timestamp still says when it was made
 * - `tampered`: the signature was changed after it was made
 * - `misplaced`: it signs something else than what it is attached to
 */
export type SignatureFlaw = 'expired' | 'untrusted' | 'unlogged' | 'tampered' | 'misplaced';

const FLAWS: readonly SignatureFlaw[] = ['expired', 'untrusted', 'unlogged', 'tampered', 'misplaced'];

const aFlawName = oneOf(...FLAWS);

/** One flaw, or a list of them. */
export const aFlaw: CheckOption = (value, name, door) => {
  for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) aFlawName(one, name, door);
};

/** Refuses flaws that a key can't have: it has no certificate. @throws TypeError `invalid-option` */
export function refuseFlawsOfCertificates(flaws: ReadonlySet<SignatureFlaw>, door: string): void {
  for (const flaw of ['expired', 'untrusted'] as const)
    if (flaws.has(flaw))
      throw optionError(
        'invalid-option',
        `${door}: "flaw" can't be "${flaw}" for a signer that is there already; ${flaw === 'untrusted' ? 'sign with a key that the policy does not name' : 'issue its certificate with "notBefore"'}`,
      );
}

const HOUR_MS = 3_600_000;

/** What the flaws change in a certificate that signs at a time. */
export async function flawedCertificate(
  flaws: ReadonlySet<SignatureFlaw>,
  at: Date,
  name: string,
): Promise<CertificateOptions> {
  return {
    ...(flaws.has('expired') ? { notBefore: new Date(at.getTime() - HOUR_MS), ttlMs: HOUR_MS / 2 } : {}),
    ...(flaws.has('untrusted') ? { authority: await createCertificateAuthority({ name, now: at }) } : {}),
  };
}

/** What a misplaced signature signs. */
export const OTHER_BYTES: Buffer = Buffer.from('something else');
export const OTHER_DIGEST: string = digestOf(OTHER_BYTES);

/** The same bytes but for the last bit. */
export function withLastBitFlipped(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]);
}
