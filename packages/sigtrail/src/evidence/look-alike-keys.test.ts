import { createSigstore, type FakeSigstore } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { digest, mint, now } from '../../test/attempt.ts';
import { parseBundle } from './bundle.ts';
import { parseCosignLayer } from './cosign-layer.ts';
import { parseDsseLayer } from './dsse-layer.ts';
import { parseSimpleSigning } from './simple-signing.ts';
import { parseStatement } from './statement.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const HEX = 'ab'.repeat(32);

// What Go's encoding/json reads as the member on the right, whatever stands beside it.
describe('refuses a key that Go reads as another one', () => {
  const statement = (member: string): string =>
    `{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://example.test/t","subject":[{"digest":{"sha256":"${HEX}"}}],"predicate":{}${member}}`;

  it.each([
    ['ſubject', ',"ſubject":[]'],
    ['PredicateType', ',"PredicateType":"https://slsa.dev/provenance/v1"'],
    ['predicate_type', ',"predicate_type":"https://slsa.dev/provenance/v1"'],
    ['Predicate', ',"Predicate":{}'],
    ['_Type', ',"_Type":"x"'],
    ['predicateType, twice', ',"predicateType":"https://slsa.dev/provenance/v1"'],
  ])('in a statement: %s', (_name, member) => {
    expect(() => parseStatement(bytes(statement(member)))).toThrow(
      expect.objectContaining({ code: 'statement-malformed' }),
    );
  });

  it.each(['Digest', 'dIgest', 'Name', 'Annotations', 'annotationſ'])('in a subject of a statement: %s', (name) => {
    const text = statement('').replace('{"digest"', `{"${name}":{},"digest"`);
    expect(() => parseStatement(bytes(text))).toThrow(expect.objectContaining({ code: 'statement-malformed' }));
  });

  it('and none below a predicate, a digest or annotations, where a key is what it is', () => {
    const text = statement('')
      .replace('"predicate":{}', '"predicate":{"Subject":1,"subject":2,"ſubject":3}')
      .replace('{"digest":{', '{"annotations":{"Name":"a","name":"b"},"digest":{"SHA256":"x",');
    expect(parseStatement(bytes(text)).predicate).toEqual({ Subject: 1, subject: 2, ſubject: 3 });
  });

  const payload = `{"critical":{"identity":{"docker-reference":"a/b"},"image":{"docker-manifest-digest":"sha256:${HEX}"},"type":"cosign container image signature"},"optional":{"Creator":"x","creator":"y"}}`;

  it.each([
    ['critical', 'Critical'],
    ['image', 'Image'],
    ['docker-manifest-digest', 'Docker-Manifest-Digest'],
    ['docker-manifest-digest', 'docKer-manifest-digest'],
    ['identity', 'Identity'],
    ['type', 'Type'],
  ])('in a simple-signing payload: %s as %s', (name, alike) => {
    expect(parseSimpleSigning(bytes(payload)).manifestDigest).toBe(`sha256:${HEX}`);
    const beside = payload.replace(`"${name}":`, `"${alike}":"x","${name}":`);
    expect(() => parseSimpleSigning(bytes(beside))).toThrow(expect.objectContaining({ code: 'payload-malformed' }));
  });

  it.each(['paylOad', 'PayloadType', 'payload_type', 'ſignatures'])('in an envelope: %s', (name) => {
    const envelope = { payloadType: 'text/plain', payload: '', signatures: [{ sig: 'AAAA' }] };
    expect(parseDsseLayer(bytes(JSON.stringify(envelope)), {})).toHaveLength(1);
    const beside = { [name]: 'x', ...envelope };
    expect(() => parseDsseLayer(bytes(JSON.stringify(beside)), {})).toThrow(
      expect.objectContaining({ code: 'envelope-malformed' }),
    );
    const within = { ...envelope, signatures: [{ Sig: 'BBBB', sig: 'AAAA' }] };
    expect(() => parseDsseLayer(bytes(JSON.stringify(within)), {})).toThrow(
      expect.objectContaining({ code: 'envelope-malformed' }),
    );
  });

  let sigstore: FakeSigstore;
  beforeAll(async () => {
    sigstore = await createSigstore({ now });
  });

  it.each([
    ['tlogEntries', 'TlogEntries'],
    ['tlogEntries', 'tlog_entries'],
    ['verificationMaterial', 'verification_material'],
    ['dsseEnvelope', 'dsseEnvelopE'],
    ['payload', 'Payload'],
    ['integratedTime', 'integrated_time'],
    ['canonicalizedBody', 'canonicalizedbody'],
    ['rawBytes', 'raw_bytes'],
    ['keyId', 'KeyID'],
    ['mediaType', 'mediatype'],
  ])('in a bundle: %s as %s', async (name, alike) => {
    const text = JSON.stringify((await mint(sigstore, {})).bundle);
    expect(parseBundle(text).content.kind).toBe('dsse');
    const beside = text.replace(`"${name}":`, `"${alike}":null,"${name}":`);
    expect(beside).not.toBe(text);
    expect(() => parseBundle(beside)).toThrow(expect.objectContaining({ code: 'bundle-not-json' }));
  });

  it.each([
    ['dev.sigstore.cosign/bundle', 'Payload', 'payload'],
    ['dev.sigstore.cosign/bundle', 'logID', 'logId'],
    ['dev.sigstore.cosign/bundle', 'SignedEntryTimestamp', 'ſignedEntryTimestamp'],
  ])('in the annotation %s: %s as %s', async (annotation, name, alike) => {
    const signer = await sigstore.issueCertificate();
    const {
      payload: layer,
      layer: { annotations = {} },
    } = sigstore.signImageLegacy({ imageDigest: digest, signer });
    expect(parseCosignLayer(layer, annotations).logEntries).toHaveLength(1);
    const text = (annotations[annotation] ?? '').replace(`"${name}":`, `"${alike}":1,"${name}":`);
    expect(() => parseCosignLayer(layer, { ...annotations, [annotation]: text })).toThrow(
      expect.objectContaining({ code: 'bundle-malformed' }),
    );
  });
});

describe('a statement', () => {
  const withPredicate = (predicate: string): Buffer =>
    bytes(
      `{"_type":"https://in-toto.io/Statement/v1","predicateType":"t","subject":[{"digest":{"sha256":"${HEX}"}}],"predicate":${predicate}}`,
    );

  it.each([
    ['nests as deep as 64', `${'['.repeat(63)}${']'.repeat(63)}`, true],
    ['nests deeper', `${'['.repeat(64)}${']'.repeat(64)}`, false],
    ['has two million members', `[${'0,'.repeat(1_999_988)}0]`, true],
    ['has more', `[${'0,'.repeat(2_000_000)}0]`, false],
  ])('that %s', (_what, predicate, fits) => {
    const read = (): unknown => parseStatement(withPredicate(predicate)).predicateType;
    if (fits) expect(read()).toBe('t');
    else expect(read).toThrow(expect.objectContaining({ code: 'statement-malformed' }));
  });

  it('names at most 1,024 subjects, of 32 digests each', () => {
    const subjects = (count: number, digests = 1): Buffer => {
      const set = Array.from({ length: digests }, (_, index) => `"a${index}":"00"`).join(',');
      return Buffer.from(
        withPredicate('{}')
          .toString()
          .replace(/"subject":\[.*?\]/, `"subject":[${Array(count).fill(`{"digest":{${set}}}`).join(',')}]`),
      );
    };
    expect(parseStatement(subjects(1024, 32)).subject).toHaveLength(1024);
    for (const [count, digests] of [
      [1025, 1],
      [1, 33],
      [0, 1],
    ] as const)
      expect(() => parseStatement(subjects(count, digests))).toThrow(
        expect.objectContaining({ code: 'statement-malformed' }),
      );
  });

  it('is held without a second copy of its payload and without its predicate', async () => {
    const sigstore = await createSigstore({ now });
    const { bundle } = await mint(sigstore, { statement: { predicate: { made: 'by us' } } });
    const { content } = parseBundle(bundle);
    if (content.kind !== 'dsse') throw new Error('an envelope');
    expect(content.payload.buffer).toBe(content.pae.buffer);
    expect(content.statement?.predicate).toEqual({ made: 'by us' });
    expect(content.statement?.predicate).not.toBe(content.statement?.predicate);
  });
});
