import 'reflect-metadata'; // before @peculiar/x509
import { Extension, X509CertificateGenerator } from '@peculiar/x509';
import { CLAIM_OIDS } from '../src/index.ts';

const RAW = /\.57264\.1\.[1-6]$/;
const utf8 = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = Buffer.from(text);
  return Uint8Array.from(bytes.length < 0x80 ? [0x0c, bytes.length, ...bytes] : [0x0c, 0x81, bytes.length, ...bytes]);
};
const name = (tag: number, text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([0x30, text.length + 2, tag, text.length, ...Buffer.from(text)]);

/** Certificates shaped as Fulcio's, freshly signed: all claims; old ones only; an e-mail address; an authority; RSA. */
export async function fulcioLikeCertificates(): Promise<readonly Uint8Array[]> {
  const ec = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const rsa = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  );
  const purpose = new Extension('2.5.29.37', false, new Uint8Array(Buffer.from('300a06082b06010505070303', 'hex')));
  const authority = new Extension('2.5.29.19', true, new Uint8Array(Buffer.from('30030101ff', 'hex')));
  const san = (tag: number, text: string): Extension => new Extension('2.5.29.17', true, name(tag, text));
  const claims = (wanted: (oid: string) => boolean): Extension[] =>
    Object.entries(CLAIM_OIDS)
      .filter(([, oid]) => wanted(oid))
      .map(
        ([claim, oid]) =>
          new Extension(oid, false, RAW.test(oid) ? new Uint8Array(Buffer.from(`a ${claim}`)) : utf8(`a ${claim}`)),
      );
  const make = async (keys: typeof ec, extensions: Extension[]): Promise<Uint8Array> =>
    new Uint8Array(
      (
        await X509CertificateGenerator.createSelfSigned({
          serialNumber: '01020304AB',
          name: 'CN=a test authority',
          notBefore: new Date('2026-01-02T03:04:05Z'),
          notAfter: new Date('2026-01-02T03:14:05Z'),
          signingAlgorithm: { name: keys.publicKey.algorithm.name, hash: 'SHA-256' },
          keys,
          extensions,
        })
      ).rawData,
    );
  return Promise.all([
    make(ec, [
      purpose,
      san(0x86, 'https://github.com/acme/app/.github/workflows/x.yml@refs/tags/v1'),
      ...claims(() => true),
    ]),
    make(ec, [purpose, san(0x86, 'https://github.com/acme/app'), ...claims((oid) => RAW.test(oid))]),
    make(ec, [purpose, san(0x81, 'dev@acme.test'), ...claims((oid) => oid.endsWith('.8'))]),
    make(rsa, [purpose, san(0x82, 'build.acme.test')]),
    make(ec, [authority]),
  ]);
}
