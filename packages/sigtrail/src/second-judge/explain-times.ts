import type { SignedEntity, TrustMaterial } from '@sigstore/verify';
import { byKeyOnly, importSpki, withTimes } from './asked.ts';
import { isSelfSigned } from './explain-certificate.ts';
import type { Explanation } from './explanation.ts';

/** A timestamp of an authority whose anchor isn't self-signed. Only if the authority really signed it; the rest is asked without it. */
export const explainTimestampAnchors: Explanation = ({ asked, refusal: { code, message } }) => {
  if (code !== 'TIMESTAMP_ERROR' || message !== 'timestamp could not be verified') return undefined;
  const { entity, material } = asked;
  const left = entity.timestamps.filter((time) => !isOfUnreadAnchor(time, entity, material));
  if (left.length === entity.timestamps.length) return undefined;
  const missing = entity.timestamps.length - left.length;
  const tsa = Math.max(0, asked.thresholds.tsa - missing);
  return {
    reason: '@sigstore/verify needs self-signed anchors of timestamp authorities',
    rest: withTimes({ ...asked, thresholds: { ...asked.thresholds, tsa } }, left, missing),
  };
};

/** Without a policy nothing requires a verified time, but a certificate can't be checked without one. */
export const explainWithoutTime: Explanation = ({ asked, isWithoutTime, refusal: { code } }) =>
  isWithoutTime && code === 'CERTIFICATE_ERROR' && asked.entity.key.$case === 'certificate'
    ? { reason: '@sigstore/verify needs a verified time for a certificate', rest: byKeyOnly(asked) }
    : undefined;

function isOfUnreadAnchor(
  time: SignedEntity['timestamps'][number],
  { signature }: SignedEntity,
  { timestampAuthorities }: TrustMaterial,
): boolean {
  if (time.$case !== 'timestamp-authority') return false;
  const { timestamp } = time;
  return timestampAuthorities.some(({ certChain: [signer, ...issuers] }) => {
    if (signer?.serialNumber.equals(timestamp.signerSerialNumber) !== true || isSelfSigned(issuers.at(-1)))
      return false;
    try {
      timestamp.verify(signature.signature, importSpki(signer.publicKey));
      return true;
    } catch {
      return false; // not of this signature, or not by this authority
    }
  });
}
