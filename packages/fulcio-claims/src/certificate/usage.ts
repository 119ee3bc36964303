import { requireObject } from '@sigtrail/encoding';
import { type Certificate, findExtension } from './certificate.ts';
import { readBasicConstraints, readKeyUsage, readPurposes } from './extension-values.ts';
import { OID } from './oid.ts';

/** The purposes of extKeyUsage, or `undefined` when the extension is absent. */
export function extendedKeyUsages(certificate: Certificate): readonly string[] | undefined {
  requireObject(certificate, 'extendedKeyUsages', 'certificate', ['extensions']);
  const extension = findExtension(certificate, OID.extendedKeyUsage);
  return extension === undefined ? undefined : readPurposes(extension.value);
}

/** True when keyUsage is absent or has the bit (0 digitalSignature … 5 keyCertSign; RFC 5280 §4.2.1.3). */
export function allowsKeyUsage(certificate: Certificate, bit: number): boolean {
  requireObject(certificate, 'allowsKeyUsage', 'certificate', ['extensions']);
  const extension = findExtension(certificate, OID.keyUsage);
  return extension === undefined || readKeyUsage(extension.value)(bit);
}

/** basicConstraints: `cA` and the path length, if given. */
export function basicConstraints(certificate: Certificate): { readonly isCa: boolean; readonly pathLength?: number } {
  requireObject(certificate, 'basicConstraints', 'certificate', ['extensions']);
  const extension = findExtension(certificate, OID.basicConstraints);
  return extension === undefined ? { isCa: false } : readBasicConstraints(extension.value);
}
