import { requireObject } from '@sigtrail/encoding';
import type { CertificateClaims, SignerIdentity } from '@sigtrail/fulcio-claims';
import { safeText } from './safe-text.ts';

/** What a certificate says, for people. Its chain, time and signature decide whether any of it is true. */
export function claimsToText(certificate: CertificateClaims, identity: SignerIdentity): string {
  requireObject(certificate, 'claimsToText', 'certificate', ['claims', 'publicKey']);
  requireObject(identity, 'claimsToText', 'identity');
  const { publicKey, scts, claims } = certificate;
  const { unknown, ...named } = claims;
  const { provider, kind, name: _, issuer: __, ...described } = identity;
  const lines = [
    ...certificate.subjectAlternativeNames.map(({ kind: form, value, oid }) =>
      row('name', `${form} ${value}${oid === undefined ? '' : ` (${oid})`}`),
    ),
    row('issuer', claims.issuer ?? 'none'),
    row('provider', `${provider} (${kind})`),
    ...Object.entries(described).map(([key, value]) => row(`  ${key}`, String(value))),
    'claims',
    ...Object.entries(named)
      .filter(([key]) => key !== 'issuer')
      .map(([key, value]) => row(`  ${key}`, String(value))),
    ...(unknown ?? []).map(({ oid, value }) => row(`  ${oid}`, `${value} (base64, not known here)`)),
    'certificate',
    row('  valid', `${certificate.notBefore} to ${certificate.notAfter}`),
    row('  authority', certificate.issuer === '' ? 'none' : certificate.issuer),
    row('  subject', certificate.subject === '' ? 'empty' : certificate.subject),
    row('  serial', certificate.serialNumber),
    row('  key', [publicKey.algorithm, publicKey.curve, publicKey.bits].filter((part) => part !== undefined).join(' ')),
    row('  usage', certificate.extendedKeyUsages.map((oid) => PURPOSES[oid] ?? oid).join(', ') || 'none'),
    row('  critical', certificate.criticalOids.join(', ') || 'none'),
    ...(certificate.isCa ? [row('  authority', 'this is the certificate of an authority')] : []),
    ...scts.map(({ logId, timestamp }) => row('  sct', `${timestamp} of log ${logId}`)),
  ];
  return `${lines.join('\n')}\n`;
}

const PURPOSES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.3': 'code signing',
  '1.3.6.1.5.5.7.3.8': 'time stamping',
};

function row(label: string, value: string): string {
  return `${label.padEnd(38)} ${safeText(value)}`;
}
