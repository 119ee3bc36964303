import { X509Certificate } from 'node:crypto';
import { createSigstore, generateKeyPair } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { digestBytes, keyBytes, searchBody } from './search-body.ts';

const NAME = 'victim@acme.example';
const DIGEST = `sha256:${'c0ffee'.repeat(10)}beef`;
const needles = [
  { name: 'name', bytes: [Buffer.from(NAME)] },
  { name: 'digest', bytes: [digestBytes(DIGEST)] },
];
const found = async (text: string | Uint8Array): Promise<readonly string[]> =>
  (await searchBody(typeof text === 'string' ? Buffer.from(text) : text, needles)).names;
const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('searchBody', () => {
  it.each([
    ['as it is', `{"x":"${NAME}"}`],
    ['with a JSON escape', `{"x":"${NAME.replace('@', String.raw`\u0040`)}"}`],
    ['all in JSON escapes', Buffer.from(NAME).toString('hex').replaceAll(/../g, String.raw`\u00$&`)],
    ['in base64', base64(NAME)],
    ['in base64 with one byte in front', base64(`x${NAME}`)],
    ['in base64 with two bytes in front', base64(`xx${NAME}`)],
    ['in base64 with a digit too many in front', `A${base64(NAME)}`],
    ['in base64url', Buffer.from(`\u00ff\u00ff\u00fe${NAME}\u00ff\u00fe`).toString('base64url')],
    ['in base64 with line breaks', base64(NAME).replaceAll(/(.{5})/g, '$1\n')],
    ['in base64 with line breaks that JSON escapes', base64(NAME).replaceAll(/(.{5})/g, String.raw`$1\r\n`)],
    ['in base64 with slashes that JSON escapes', base64(`???${NAME}`).replaceAll('/', String.raw`\/`)],
    ['in hexadecimal', Buffer.from(NAME).toString('hex')],
    ['in upper-case hexadecimal with a digit in front', `A${Buffer.from(NAME).toString('hex').toUpperCase()}`],
    ['in base64 of base64 of base64', base64(base64(base64(NAME)))],
    ['in base64 of hexadecimal', base64(Buffer.from(NAME).toString('hex'))],
    ['in bytes that are not text', Buffer.concat([Buffer.from([0xff, 0, 0xc3]), Buffer.from(NAME)])],
    ['in broken JSON', `{"x":["${base64(NAME)}"`],
  ])('finds a name %s', async (_, body) => {
    expect(await found(body)).toEqual(['name']);
  });

  it.each([
    ['as text', `{"value":"${DIGEST}"}`],
    ['as bare hexadecimal in capitals', `{"value":"${DIGEST.slice(7).toUpperCase()}"}`],
    ['as bytes', digestBytes(DIGEST)],
    ['in base64', base64(digestBytes(DIGEST))],
    ['as text in base64', base64(`{"digest":"${DIGEST}"}`)],
  ])('finds a digest %s', async (_, body) => {
    expect(await found(body)).toEqual(['digest']);
  });

  it('finds nothing if there is nothing', async () => {
    expect(await searchBody(Buffer.from(base64(JSON.stringify({ a: 'b'.repeat(5000) }))), needles)).toEqual({
      names: [],
      isComplete: true,
    });
  });

  it('finds a name in a certificate, in its PEM, in base64, in JSON', async () => {
    const sigstore = await createSigstore();
    const { pem } = await sigstore.issueCertificate({ san: [{ kind: 'email', value: NAME }] });
    for (const spelling of [pem, pem.replaceAll('\n', '\r\n'), pem.replaceAll('\n', '')])
      expect(await found(JSON.stringify({ verifiers: ['x', base64(spelling)] }))).toEqual(['name']);
    expect(await found(new X509Certificate(pem).raw)).toEqual(['name']);
  });

  it.each(['p256', 'p384', 'ed25519', 'rsa2048'] as const)('finds a %s key however it is written', async (kind) => {
    const { pem, publicKey } = generateKeyPair(kind);
    const key = keyBytes(pem);
    const needle = { name: 'key', bytes: key === undefined ? [] : [key] };
    const jwk = publicKey.export({ format: 'jwk' });
    const spellings = [pem, base64(pem), publicKey.export({ format: 'der', type: 'spki' }), JSON.stringify(jwk)];
    for (const spelling of spellings)
      expect((await searchBody(Buffer.from(spelling), [needle])).names).toEqual(['key']);
    expect((await searchBody(Buffer.from(generateKeyPair(kind).pem), [needle])).names).toEqual([]);
  });

  it('says when a body is wrapped too deep to be searched wholly', async () => {
    let body = `${'x'.repeat(200)}${NAME}`;
    for (let i = 0; i < 7; i++) body = base64(body);
    expect(await searchBody(Buffer.from(body), needles)).toEqual({ names: [], isComplete: false });
  });

  it('lets timers have their turn, and ends when it is aborted', async () => {
    // Long runs of base64 at each depth, as an attacker would log them: a second of work.
    let body = 'x'.repeat(600_000);
    for (let i = 0; i < 3; i++) body = base64(body);
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 5);
    await expect(searchBody(Buffer.from(body), needles, { signal: controller.signal })).rejects.toBe(reason);
  });
});
