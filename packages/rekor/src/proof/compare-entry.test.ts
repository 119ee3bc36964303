import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { compareEntry } from './compare-entry.ts';
import type { EntryComparison, SignatureOfEntry } from './compare-entry.ts';
import { encodeBase64, encodeHex } from '@sigtrail/encoding';
import { parseEntryBody } from '../entry/entry-body.ts';
import type { EntryHash, KnownEntryBody } from '../entry/entry-body.ts';
import { encodePem } from '../note/pem.ts';
import type { Verifier } from '../note/pem.ts';

/** A payload, who signed it, and the signature: over the payload itself, or over the PAE of an envelope. */
interface Signed {
  readonly payload: Buffer;
  readonly signedBytes: Buffer;
  readonly envelope: Buffer;
  readonly signature: Buffer;
  readonly verifier: Verifier;
}

type Algorithm = EntryHash['algorithm'];
const digestOf = (bytes: Uint8Array, algorithm: Algorithm = 'sha256'): Buffer =>
  createHash(algorithm).update(bytes).digest();

function keyOf(): { readonly privateKey: KeyObject; readonly verifier: Verifier } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  return { privateKey, verifier: { kind: 'public-key', der } };
}

const [OURS, THEIRS] = [keyOf(), keyOf()];
const TYPE = 'application/vnd.in-toto+json';

/** PAE of DSSE: what is signed of an envelope. */
function pae(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.byteLength} `), payload]);
}

function signedBy(key: ReturnType<typeof keyOf>, text: string, isEnvelope: boolean): Signed {
  const payload = Buffer.from(text);
  const signedBytes = isEnvelope ? pae(payload) : payload;
  const signature = sign('sha256', signedBytes, key.privateKey);
  const envelope = Buffer.from(
    JSON.stringify({
      payloadType: TYPE,
      payload: encodeBase64(payload),
      signatures: [{ sig: encodeBase64(signature) }],
    }),
  );
  return { payload, signedBytes, envelope, signature, verifier: key.verifier };
}

const base64Pem = (verifier: Verifier): string => encodeBase64(Buffer.from(encodePem(verifier)));
const hash = (bytes: Buffer, algorithm: Algorithm = 'sha256'): object => ({
  algorithm,
  value: encodeHex(digestOf(bytes, algorithm)),
});
const hashV2 = (bytes: Buffer): object => ({ algorithm: 'SHA2_256', digest: encodeBase64(digestOf(bytes)) });
const signatureV2 = ({ signature, verifier }: Signed): object => ({
  content: encodeBase64(signature),
  verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: encodeBase64(verifier.der) } },
});

/** Each kind as a log writes it of a signature: `signer` made it, `over` says what it is of. */
interface Parts {
  readonly signer: Signed;
  readonly over: Signed;
}
const KINDS: Readonly<Record<string, (parts: Parts) => object>> = {
  'hashedrekord/0.0.1': ({ signer, over }) => ({
    data: { hash: hash(over.signedBytes) },
    signature: { content: encodeBase64(signer.signature), publicKey: { content: base64Pem(signer.verifier) } },
  }),
  'hashedrekord/0.0.2': ({ signer, over }) => ({
    hashedRekordV002: { data: hashV2(over.signedBytes), signature: signatureV2(signer) },
  }),
  'rekord/0.0.1': ({ signer, over }) => ({
    data: { hash: hash(over.signedBytes) },
    signature: {
      content: encodeBase64(signer.signature),
      format: 'x509',
      publicKey: { content: base64Pem(signer.verifier) },
    },
  }),
  'intoto/0.0.1': ({ signer, over }) => ({
    content: { hash: hash(over.envelope), payloadHash: hash(over.payload) },
    publicKey: base64Pem(signer.verifier),
  }),
  'intoto/0.0.2': ({ signer, over }) => ({
    content: {
      envelope: {
        payloadType: TYPE,
        signatures: [
          {
            sig: encodeBase64(Buffer.from(encodeBase64(signer.signature))),
            publicKey: base64Pem(signer.verifier),
          },
        ],
      },
      hash: hash(over.envelope),
      payloadHash: hash(over.payload),
    },
  }),
  'dsse/0.0.1': ({ signer, over }) => ({
    envelopeHash: hash(over.envelope),
    payloadHash: hash(over.payload),
    signatures: [{ signature: encodeBase64(signer.signature), verifier: base64Pem(signer.verifier) }],
  }),
  'dsse/0.0.2': ({ signer, over }) => ({
    dsseV002: { payloadHash: hashV2(over.payload), signatures: [signatureV2(signer)] },
  }),
};

function bodyOf(name: string, spec: object): KnownEntryBody {
  const [kind, apiVersion] = name.split('/');
  const body = parseEntryBody(Buffer.from(JSON.stringify({ apiVersion, kind, spec })));
  if (body.kind === 'unknown') throw new Error(`the test wrote no entry of ${name}`);
  return body;
}

/** The signature as somebody holds it who has the envelope, too. */
function held(signed: Signed): SignatureOfEntry {
  return {
    signature: signed.signature,
    verifier: signed.verifier,
    digest: (of, algorithm) => digestOf(of === 'payload' ? signed.payload : signed.signedBytes, algorithm),
    envelopeDigest: (algorithm) => digestOf(signed.envelope, algorithm),
  };
}

const verdictOf = ({
  signature,
  verifier,
  digest,
}: EntryComparison): Pick<EntryComparison, 'signature' | 'verifier' | 'digest'> => ({
  signature,
  verifier,
  digest,
});
const SAME = { signature: 'same', verifier: 'same', digest: 'same' } as const;

describe.each(Object.entries(KINDS))('an entry of %s', (name, write) => {
  const isEnvelope = /^(?:dsse|intoto)/.test(name);
  const ours = signedBy(OURS, '{"subject":"ours"}', isEnvelope);
  const body = bodyOf(name, write({ signer: ours, over: ours }));
  const storesSignature = name !== 'intoto/0.0.1';

  it('binds to the signature that made it', () => {
    const binding = compareEntry(body, held(ours));
    expect(verdictOf(binding)).toEqual(SAME);
    expect(binding.expectedDigest).toBe(binding.actualDigest);
    expect(binding.recorded?.verifier.der).toEqual(OURS.verifier.der);
  });

  // ECDSA is randomised: the same key over the same bytes signs differently each time.
  it('is not of a different signature by the same key over the same bytes', () => {
    const again = signedBy(OURS, '{"subject":"ours"}', isEnvelope);
    expect(again.signature).not.toEqual(ours.signature);
    expect(verdictOf(compareEntry(body, held(again)))).toEqual(
      // It stores none: the envelope, in which the signature stands, is then another.
      storesSignature ? { ...SAME, signature: 'other' } : { ...SAME, digest: 'other' },
    );
  });

  it('is not of a different key', () => {
    const binding = compareEntry(body, { ...held(ours), verifier: THEIRS.verifier });
    expect(verdictOf(binding)).toEqual({ ...SAME, verifier: 'other' });
  });

  it('is not of a certificate that has the bytes of its key', () => {
    const binding = compareEntry(body, { ...held(ours), verifier: { ...OURS.verifier, kind: 'certificate' } });
    expect(verdictOf(binding)).toEqual({ ...SAME, verifier: 'other' });
  });

  it('is not over other bytes', () => {
    const theirs = signedBy(OURS, '{"subject":"theirs"}', isEnvelope);
    const moved = bodyOf(name, write({ signer: ours, over: theirs }));
    const binding = compareEntry(moved, held(ours));
    expect(verdictOf(binding)).toEqual({ ...SAME, digest: 'other' });
    expect(binding.expectedDigest).not.toBe(binding.actualDigest);
  });

  it('is of nothing whose digest can’t be told', () => {
    const { signature, verifier } = held(ours);
    const binding = compareEntry(body, { signature, verifier: verifier ?? OURS.verifier, digest: () => undefined });
    expect(verdictOf(binding)).toEqual({ ...SAME, digest: 'other' });
    expect(binding.expectedDigest).toBeUndefined();
  });

  it('leaves the signer open when the caller doesn’t give one', () => {
    const { signature, digest } = held(ours);
    expect(compareEntry(body, { signature, digest }).verifier).toBe('unknown');
  });
});

describe('which digest is compared', () => {
  it.each(['dsse/0.0.1', 'intoto/0.0.2'])('of %s the payload’s, however the envelope was spelled', (name) => {
    const ours = signedBy(OURS, '{}', true);
    const spelled = { ...ours, envelope: Buffer.from('{ "spelled": "otherwise" }') };
    const body = bodyOf(name, KINDS[name]?.({ signer: ours, over: spelled }) ?? {});
    expect(verdictOf(compareEntry(body, held(ours)))).toEqual(SAME);
  });

  it('of intoto 0.0.1 the payload’s, when the envelope is not at hand', () => {
    const ours = signedBy(OURS, '{}', true);
    const { envelopeDigest: _, ...without } = held(ours);
    const body = bodyOf('intoto/0.0.1', KINDS['intoto/0.0.1']?.({ signer: ours, over: ours }) ?? {});
    expect(verdictOf(compareEntry(body, without))).toEqual(SAME);
    const theirs = signedBy(OURS, '{"other":1}', true);
    const moved = bodyOf('intoto/0.0.1', KINDS['intoto/0.0.1']?.({ signer: ours, over: theirs }) ?? {});
    expect(verdictOf(compareEntry(moved, without))).toEqual({ ...SAME, digest: 'other' });
  });

  it.each(['sha384', 'sha512'] as const)('with the algorithm that the entry names: %s', (algorithm) => {
    const ours = signedBy(OURS, 'payload', false);
    const spec = {
      data: { hash: hash(ours.signedBytes, algorithm) },
      signature: { content: encodeBase64(ours.signature), publicKey: { content: base64Pem(ours.verifier) } },
    };
    const binding = compareEntry(bodyOf('hashedrekord/0.0.1', spec), held(ours));
    expect(verdictOf(binding)).toEqual(SAME);
    expect(binding.actualDigest).toBe(`${algorithm}:${encodeHex(digestOf(ours.signedBytes, algorithm))}`);
  });
});

describe('an entry of several signatures', () => {
  const [ours, theirs] = [signedBy(OURS, '{}', true), signedBy(THEIRS, '{}', true)];
  const both = [theirs, ours].map(({ signature, verifier }) => ({
    signature: encodeBase64(signature),
    verifier: base64Pem(verifier),
  }));
  const body = bodyOf('dsse/0.0.1', {
    envelopeHash: hash(ours.envelope),
    payloadHash: hash(ours.payload),
    signatures: both,
  });

  it('is compared by the one that is the same, wherever it stands', () => {
    expect(verdictOf(compareEntry(body, held(ours)))).toEqual(SAME);
    expect(verdictOf(compareEntry(body, held(theirs)))).toEqual(SAME);
  });

  it('does not lend the key of one to the signature of the other', () => {
    const binding = compareEntry(body, { ...held(ours), verifier: THEIRS.verifier });
    expect(verdictOf(binding)).toEqual({ ...SAME, verifier: 'other' });
  });
});
