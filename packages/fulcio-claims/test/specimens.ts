import type { Extension } from '@peculiar/x509';
import { CLAIM_OIDS } from '../src/index.ts';
import { certificateAuthority, codeSigning, extension, selfSigned, subjectNamed } from './self-signed.ts';

const RAW = /\.57264\.1\.[1-6]$/;

/** Certificates shaped as Fulcio's, freshly signed: all claims; old ones only; an e-mail address; RSA; an authority. */
export async function fulcioLikeCertificates(): Promise<readonly Uint8Array[]> {
  const workflow = subjectNamed('uri', 'https://github.com/acme/app/.github/workflows/x.yml@refs/tags/v1');
  const certificates = await Promise.all([
    selfSigned([codeSigning(), workflow, ...claims(() => true)]),
    selfSigned([codeSigning(), subjectNamed('uri', 'https://github.com/acme/app'), ...claims((oid) => RAW.test(oid))]),
    selfSigned([codeSigning(), subjectNamed('email', 'dev@acme.test'), ...claims((oid) => oid.endsWith('.8'))]),
    selfSigned([codeSigning(), subjectNamed('dns', 'build.acme.test')], { rsa: true }),
    selfSigned([certificateAuthority()]),
  ]);
  return certificates.map(({ rawData }) => new Uint8Array(rawData));
}

function claims(wanted: (oid: string) => boolean): readonly Extension[] {
  return Object.entries(CLAIM_OIDS)
    .filter(([, oid]) => wanted(oid))
    .map(([claim, oid]) => extension(oid, RAW.test(oid) ? Buffer.from(`a ${claim}`) : utf8String(`a ${claim}`)));
}

function utf8String(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Uint8Array.from(bytes.length < 0x80 ? [0x0c, bytes.length, ...bytes] : [0x0c, 0x81, bytes.length, ...bytes]);
}
