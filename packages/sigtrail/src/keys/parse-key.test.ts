import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import { generateKeyPair } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { knowsMlDsa, mlDsaFault, mlDsaNameInSpki } from './ml-dsa.ts';
import { parseKey } from './parse-key.ts';

const pair = generateKeyPair('p256');
const jwk = pair.publicKey.export({ format: 'jwk' });
const rsa = generateKeyPair('rsa2048');
const respelt = Buffer.concat([Buffer.of(0x30, 0x81), pair.spki.subarray(1)]);
const pemOf = (der: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;

describe('parseKey', () => {
  it.each<readonly [string, unknown]>([
    ['PEM', pair.pem],
    ['PEM as bytes', Buffer.from(pair.pem)],
    ['PEM with text around it', `This is our key:\n${pair.pem}\nSee https://acme.test/keys\n`],
    ['PEM with white space around', `\n ${pair.pem}\r\n`],
    ['DER', pair.spki],
    ['DER as Uint8Array', new Uint8Array(pair.spki)],
    ['a JWK', jwk],
    ['a JWK for signatures', { ...jwk, use: 'sig', key_ops: ['verify'], kid: 'x' }],
    ['a KeyObject', pair.publicKey],
    ['a private KeyObject, of which the public half is taken', pair.privateKey],
  ])('reads %s', (_, value) => {
    expect(parseKey(value, 'key').equals(pair.publicKey)).toBe(true);
  });

  it('reads PKCS #1 PEM', () => {
    const pem = rsa.publicKey.export({ format: 'pem', type: 'pkcs1' });
    expect(parseKey(pem, 'key').equals(rsa.publicKey)).toBe(true);
  });

  it.each<readonly [string, unknown, RegExp]>([
    ['an empty string', '', /holds no PEM block \(it is empty\)/],
    [
      'the name of a file',
      'cosign.pub',
      /"cosign\.pub" looks like the name of a file; give its content: await readFile/,
    ],
    ['the path of a file', './keys/cosign.pub', /looks like the name of a file/],
    ['an address', 'awskms:///alias/x', /is an address; give the key itself, or a KeyResolver/],
    ['text', 'hello world', /holds no PEM block; expected PEM/],
    ['two keys', pair.pem + rsa.pem, /holds 2 PEM blocks \(PUBLIC KEY, PUBLIC KEY\)/],
    ['two keys as bytes', Buffer.from(pair.pem + rsa.pem), /holds 2 PEM blocks/],
    ['a key and a certificate', `${pair.pem}-----BEGIN CERTIFICATE-----`, /holds 2 PEM blocks/],
    ['a block that is not closed', pair.pem.replace('END', 'END OF'), /not closed/],
    ['a block of another kind', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n', /"PGP PUBLIC KEY BLOCK"/],
    ['a certificate', '-----BEGIN CERTIFICATE-----\n', /is a certificate; .*openssl x509/],
    ['a private key in PEM', pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), /is a private key/],
    ['DER with a byte more', Buffer.concat([pair.spki, Buffer.of(0)]), /canonical|not a public key/],
    ['DER with a long length', respelt, /canonical/],
    ['PEM of DER with a long length', pemOf(respelt), /canonical/],
    ['PEM in another base64', pair.pem.replace('-----END', '=-----END'), /canonical/],
    ['a private key in DER', pair.privateKey.export({ format: 'der', type: 'pkcs8' }), /not a public key/],
    ['a private JWK', pair.privateKey.export({ format: 'jwk' }), /private part/],
    ['a symmetric JWK', { kty: 'oct', k: 'AAAA' }, /private part/],
    ['a JWK for encryption', { ...jwk, use: 'enc' }, /"use"/],
    ['a JWK for signing only', { ...jwk, key_ops: ['sign'] }, /"key_ops"/],
    ['a JWK of which the point is on no curve', { ...jwk, x: jwk.y }, /not a public key/],
    ['a secret KeyObject', createSecretKey(Buffer.alloc(32)), /secret/],
    ['a number', 7, /neither PEM/],
    ['null', null, /neither PEM/],
    ['an object that is no JWK', {}, /neither PEM/],
  ])('refuses %s', (_, value, message) => {
    expect(() => parseKey(value, 'signedBy.key')).toThrow(expect.objectContaining({ code: 'invalid-key' }) as Error);
    expect(() => parseKey(value, 'signedBy.key')).toThrow(message);
    expect(() => parseKey(value, 'signedBy.key')).toThrow(/"signedBy\.key"/);
  });

  it('has one spelling for each key: what it reads, it writes', () => {
    for (const kind of ['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const) {
      const { spki, pem, privateKey } = generateKeyPair(kind);
      const again = createPublicKey(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })));
      for (const value of [spki, pem, again, again.export({ format: 'jwk' })])
        expect(parseKey(value, 'key').export({ format: 'der', type: 'spki' })).toEqual(spki);
    }
  });
});

describe('an ML-DSA key', () => {
  it('is named for what it is, and for the Node that it needs', () => {
    for (const [last, name] of [
      ['11', 'ML-DSA-44'],
      ['12', 'ML-DSA-65'],
      ['13', 'ML-DSA-87'],
      ['14', undefined],
    ] as const)
      expect(mlDsaNameInSpki(Buffer.from(`3012300b06096086480165030403${last}030300ffff`, 'hex'))).toBe(name);
    const spki = Buffer.from('3012300b0609608648016503040312030300ffff', 'hex');
    expect(() => parseKey(spki, 'key')).toThrow(
      knowsMlDsa() ? /says ML-DSA-65, but it is not such a key/ : /ML-DSA-65 key, which needs Node 24\.7 or later/,
    );
    expect(mlDsaFault('ML-DSA-65', false)).toMatch(/needs Node 24\.7 or later with OpenSSL 3\.5 \(this is Node /);
  });

  it.runIf(knowsMlDsa())('is read as any other', () => {
    for (const kind of ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const) {
      const { pem, spki, publicKey } = generateKeyPair(kind);
      expect(parseKey(pem, 'key').equals(publicKey)).toBe(true);
      expect(parseKey(spki, 'key').equals(publicKey)).toBe(true);
      expect(mlDsaNameInSpki(spki)).toBe(kind.toUpperCase());
    }
  });
});
