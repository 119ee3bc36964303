import { createHash, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { context, der, readMembers, sequence } from './der.ts';
import {
  createCertificateAuthority,
  createCtLog,
  createSigstore,
  type IssuedCertificate,
  type KeyKind,
} from '../index.ts';
import { certificateFields } from './x509.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
const KINDS: readonly KeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'ed25519'];

describe('issueCertificate', () => {
  it.each(KINDS)('chains a leaf to its root through authorities with %s keys', async (kind) => {
    const sigstore = await createSigstore({ now: NOW, ca: { certificates: [{ kind }, { kind, pathLength: 0 }] } });
    const leaf = await sigstore.issueCertificate({ kind });
    const [first, issuing, root] = [leaf.der, ...leaf.chain].map((bytes) => new X509Certificate(bytes));
    expect(first?.checkIssued(issuing!)).toBe(true);
    expect(first?.verify(issuing!.publicKey)).toBe(true);
    expect(issuing?.verify(root!.publicKey)).toBe(true);
    expect(root?.verify(root.publicKey)).toBe(true);
    expect([first?.ca, issuing?.ca, root?.ca]).toEqual([false, true, true]);
    expect(first?.checkPrivateKey(leaf.key.privateKey)).toBe(true);
  });

  it('is valid for ten minutes of its own clock', async () => {
    const sigstore = await createSigstore({ now: NOW });
    const { validFromDate, validToDate } = parsed(await sigstore.issueCertificate());
    expect([validFromDate, validToDate]).toEqual([NOW, new Date('2026-03-04T05:16:07Z')]);
  });

  it('writes every kind of name', async () => {
    const sigstore = await createSigstore();
    const leaf = await sigstore.issueCertificate({
      san: [
        { kind: 'uri', value: 'https://acme.test/a' },
        { kind: 'email', value: 'a@acme.test' },
        { kind: 'dns', value: 'acme.test' },
        { kind: 'other-name', value: 'jdoe!acme' },
      ],
    });
    expect(parsed(leaf).subjectAltName).toContain(
      'URI:https://acme.test/a, email:a@acme.test, DNS:acme.test, othername:',
    );
    expect(extension(leaf, '2.5.29.17')?.includes(Buffer.from('jdoe!acme'))).toBe(true);
  });

  it('writes the first claims raw and later ones as UTF8String, and issuers that disagree', async () => {
    const sigstore = await createSigstore();
    const arc = '1.3.6.1.4.1.57264.1';
    const leaf = await sigstore.issueCertificate({
      issuer: { v1: 'https://old.test', v2: 'https://new.test' },
      claims: { [`${arc}.2`]: 'push', [`${arc}.9`]: 'https://build.test' },
    });
    expect(extension(leaf, `${arc}.1`)?.toString()).toBe('https://old.test');
    expect(extension(leaf, `${arc}.2`)?.toString()).toBe('push');
    expect(extension(leaf, `${arc}.8`)).toEqual(der(0x0c, Buffer.from('https://new.test')));
    expect(extension(leaf, `${arc}.9`)).toEqual(der(0x0c, Buffer.from('https://build.test')));
  });

  it('leaves out, and adds, what it is asked to', async () => {
    const sigstore = await createSigstore();
    const extra = { oid: '1.2.3.4', critical: true, value: Buffer.from('0500', 'hex') };
    const leaf = await sigstore.issueCertificate({ eku: [], keyUsage: [], san: [], scts: 'none', extensions: [extra] });
    expect(['2.5.29.37', '2.5.29.15', '2.5.29.17', SCT_LIST].map((oid) => extension(leaf, oid))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(extensions(leaf).find(({ oid }) => oid === '1.2.3.4')?.critical).toBe(true);
  });

  it('takes another authority', async () => {
    const sigstore = await createSigstore();
    const outsider = await createCertificateAuthority({ name: 'outsider.test' });
    const leaf = await sigstore.issueCertificate({ authority: outsider });
    expect(parsed(leaf).verify(new X509Certificate(outsider.chain[0]!).publicKey)).toBe(true);
    expect(parsed(leaf).verify(new X509Certificate(sigstore.ca.chain[0]!).publicKey)).toBe(false);
  });
});

describe('SCTs', () => {
  it.each(['p256', 'p384', 'rsa2048'] as const)('verify with a %s log over the precertificate', async (kind) => {
    const sigstore = await createSigstore({ ctLog: { kind } });
    const leaf = await sigstore.issueCertificate();
    const [sct] = scts(leaf);
    expect(sct?.logId).toEqual(sigstore.ctLog.logId);
    expect(sct?.time).toEqual(sigstore.now);
    expect(verifies(leaf, sct!, sigstore.ctLog.key.spki)).toBe(true);
  });

  it('come from several logs, at their own times', async () => {
    const sigstore = await createSigstore({ now: NOW });
    const other = createCtLog();
    const at = new Date('2026-03-04T05:06:08.250Z');
    const leaf = await sigstore.issueCertificate({
      scts: [{ log: sigstore.ctLog }, { log: other, at, extensions: Buffer.from('more') }],
    });
    const [first, second] = scts(leaf);
    expect([first?.time, second?.time]).toEqual([NOW, at]);
    expect(verifies(leaf, second!, other.key.spki)).toBe(true);
  });

  it('can be corrupt, or from an unknown log', async () => {
    const sigstore = await createSigstore();
    const corrupt = await sigstore.issueCertificate({ scts: 'corrupt' });
    expect(verifies(corrupt, scts(corrupt)[0]!, sigstore.ctLog.key.spki)).toBe(false);
    const [unknown] = scts(await sigstore.issueCertificate({ scts: 'unknown-log' }));
    expect(unknown?.logId).not.toEqual(sigstore.ctLog.logId);
  });
});

interface Sct {
  readonly logId: Buffer;
  readonly time: Date;
  readonly signedHead: Buffer;
  readonly extensions: Buffer;
  readonly signature: Buffer;
}

function parsed(leaf: IssuedCertificate): X509Certificate {
  return new X509Certificate(leaf.der);
}

/** Extensions in the order of the certificate; `oid` in dotted form. */
function extensions(
  leaf: IssuedCertificate,
): readonly { oid: string; critical: boolean; value: Buffer; bytes: Buffer }[] {
  const tbs = readMembers(readMembers(certificateFields(leaf.der).tbs)[0]!.contents);
  const list = tbs.find(({ tag }) => tag === 0xa3);
  return readMembers(readMembers(list!.contents)[0]!.contents).map(({ contents, bytes }) => {
    const fields = readMembers(contents);
    return { oid: dotted(fields[0]!.contents), critical: fields.length === 3, value: fields.at(-1)!.contents, bytes };
  });
}

function extension(leaf: IssuedCertificate, oid: string): Buffer | undefined {
  return extensions(leaf).find((candidate) => candidate.oid === oid)?.value;
}

function dotted(contents: Buffer): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of contents) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = parts;
  const arc = Math.min(2, Math.floor(first / 40));
  return [arc, first - arc * 40, ...rest].join('.');
}

function scts(leaf: IssuedCertificate): readonly Sct[] {
  const list = readMembers(extension(leaf, SCT_LIST)!)[0]!.contents;
  const found: Sct[] = [];
  for (let at = 2; at < list.length; at += 2 + list.readUInt16BE(at)) {
    const sct = list.subarray(at + 2, at + 2 + list.readUInt16BE(at));
    const extensionLength = sct.readUInt16BE(41);
    found.push({
      logId: sct.subarray(1, 33),
      time: new Date(Number(sct.readBigUInt64BE(33))),
      signedHead: sct.subarray(33, 41),
      extensions: sct.subarray(41, 43 + extensionLength),
      signature: sct.subarray(43 + extensionLength + 4),
    });
  }
  return found;
}

/** RFC 6962 §3.2, from the finished certificate: the SCT extension taken out of the TBS again. */
function verifies(leaf: IssuedCertificate, sct: Sct, logKey: Buffer): boolean {
  const kept = extensions(leaf).filter(({ oid }) => oid !== SCT_LIST);
  const fields = readMembers(readMembers(certificateFields(leaf.der).tbs)[0]!.contents);
  const tbs = sequence(
    ...fields.map(({ tag, bytes }) => (tag === 0xa3 ? context(3, sequence(...kept.map((one) => one.bytes))) : bytes)),
  );
  const issuer = new X509Certificate(leaf.chain[0]!).publicKey.export({ format: 'der', type: 'spki' });
  const length = Buffer.alloc(3);
  length.writeUIntBE(tbs.length, 0, 3);
  const issuerHash = createHash('sha256').update(issuer).digest();
  const signed = [Buffer.of(0, 0), sct.signedHead, Buffer.of(0, 1), issuerHash, length, tbs, sct.extensions];
  return verify('sha256', Buffer.concat(signed), { key: logKey, format: 'der', type: 'spki' }, sct.signature);
}
