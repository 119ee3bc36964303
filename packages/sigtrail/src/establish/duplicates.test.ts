import { createHash } from 'node:crypto';
import {
  type BundleJson,
  createCtLog,
  createSigstore,
  createTimestampAuthority,
  type FakeSigstore,
  type TrustedRootJson,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectTag, readChildren, readDer, TAG } from '@sigtrail/fulcio-claims/certificate';
import { type Attempt, artifact, entryOf, identity, mint, now } from '../../test/attempt.ts';
import { writeDer } from '../crypto/write-der.ts';
import { isSigtrailError } from '../error.ts';
import type { CandidateReport } from '../report/report.ts';
import { verifyBundle } from '../verify-bundle.ts';

let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

async function reportOf(made: Attempt, secondJudge: 'on' | 'off' = 'off'): Promise<CandidateReport> {
  const { bundle, trust } = await mint(sigstore, made);
  try {
    const options = { trust: { json: JSON.stringify(trust) }, now: () => now, secondJudge };
    return (await verifyBundle(bundle, artifact, { signedBy: identity }, options)).report;
  } catch (error) {
    if (isSigtrailError(error) && error.candidate !== undefined) return error.candidate;
    throw error;
  }
}

type Entry = ReturnType<typeof entryOf>;

function addEntry(bundle: BundleJson, edit: (copy: Entry) => void): void {
  const copy = structuredClone(entryOf(bundle));
  edit(copy);
  bundle.verificationMaterial.tlogEntries.push(copy);
}

/** The root names the log by its key alone, and by name and key beside it. */
function nameTwice(root: TrustedRootJson): void {
  const log = root.tlogs[1];
  if (log === undefined) throw new Error('the root has no second log');
  log.checkpointKeyId = { ...log.logId };
  log.logId = { keyId: keyId(sigstore.rekor2.key.spki) };
}

const keyId = (spki: Buffer): string => createHash('sha256').update(spki).digest('base64');

// The order of P-256 (SEC 2).
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** (r, s) of an ECDSA signature as (r, n − s): it verifies as well, and anybody can make it. */
function twinOf(signature: Buffer): Buffer {
  const what = 'signature';
  const [r, s] = readChildren(expectTag(readDer(signature, what), TAG.sequence, what), what);
  const other = ORDER - BigInt(`0x${Buffer.from(expectTag(s, TAG.integer, what).contents).toString('hex')}`);
  const bytes = Buffer.from(other.toString(16).padStart(64, '0'), 'hex');
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  const integer = writeDer(TAG.integer, isNegative ? Buffer.concat([Buffer.of(0), bytes]) : trimmed(bytes));
  return writeDer(TAG.sequence, expectTag(r, TAG.integer, what).bytes, integer);
}

/** DER writes no needless zero byte in front. */
function trimmed(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const rest = bytes.subarray(first);
  return (rest[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), rest]) : rest;
}

describe('a log entry that is given twice', () => {
  it.each<readonly [string, () => Attempt]>([
    ['byte for byte', () => ({ edit: (bundle) => addEntry(bundle, () => undefined) })],
    [
      'once by promise and proof, and once by the promise alone',
      () => ({
        sign: { version: '0.1' },
        edit: (bundle) => addEntry(bundle, (copy) => void delete copy.inclusionProof),
      }),
    ],
    [
      'with the other spelling of its promise’s signature',
      () => ({
        edit: (bundle) =>
          addEntry(bundle, (copy) => {
            const { inclusionPromise } = copy;
            if (inclusionPromise === undefined) throw new Error('the entry has no promise');
            const set = Buffer.from(inclusionPromise.signedEntryTimestamp, 'base64');
            inclusionPromise.signedEntryTimestamp = twinOf(set).toString('base64');
          }),
      }),
    ],
    ['by two checkpoints', () => ({ sign: { logs: [sigstore.rekor, sigstore.rekor] } })],
    [
      'under the two ids of one log',
      () => ({
        sign: { logs: [sigstore.rekor2] },
        edit: (bundle) => addEntry(bundle, (copy) => void (copy.logId.keyId = keyId(sigstore.rekor2.key.spki))),
        root: nameTwice,
      }),
    ],
    [
      'of a log that the trusted root does not have',
      () => ({
        edit: (bundle) => {
          for (let copies = 0; copies < 2; copies += 1)
            addEntry(bundle, (copy) => void (copy.logId.keyId = Buffer.alloc(32, 7).toString('base64')));
        },
      }),
    ],
  ])('is refused by name: %s', async (_, make) => {
    expect((await reportOf(make())).refusedBecause).toBe('log-entry-duplicate');
  });

  it('is a different entry if the log records a different body, or if a different log records the same body', async () => {
    const { rekor, rekor2, tsa } = sigstore;
    const kinds: Attempt = { sign: { logs: [rekor, { log: rekor, kind: 'intoto' }] } };
    const logs: Attempt = { sign: { logs: [rekor, rekor2], timestamps: [tsa] } };
    for (const made of [kinds, logs]) expect((await reportOf(made, 'on')).accepted).toBe(true);
  });
});

describe('a timestamp that is given twice', () => {
  const stamps = (bundle: BundleJson): { signedTimestamp: string }[] =>
    bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];

  const repeatStamp = (bundle: BundleJson, edit: (bytes: Buffer) => Buffer): void => {
    const [stamp] = stamps(bundle);
    if (stamp === undefined) throw new Error('the bundle has no timestamp');
    stamps(bundle).push({ signedTimestamp: edit(Buffer.from(stamp.signedTimestamp, 'base64')).toString('base64') });
  };

  it.each<readonly [string, (bytes: Buffer) => Buffer]>([
    ['byte for byte', (bytes) => bytes],
    [
      'with another status, which is not signed',
      (bytes) => {
        const copy = Buffer.from(bytes);
        copy[copy.indexOf(Buffer.of(2, 1, 0)) + 2] = 1;
        return copy;
      },
    ],
  ])('is refused by name: %s', async (_, edit) => {
    const made: Attempt = { sign: { timestamps: [sigstore.tsa] }, edit: (bundle) => repeatStamp(bundle, edit) };
    expect((await reportOf(made)).refusedBecause).toBe('timestamp-duplicate');
  });

  it.each<readonly [string, (bytes: Buffer) => Buffer]>([
    ['certificates', (bytes) => withCertificate(bytes, sigstore.tsa.certificate)],
    ['attributes', withUnsignedAttribute],
  ])('is refused by name, with %s unsigned around it', async (_, edit) => {
    const made: Attempt = { sign: { timestamps: [sigstore.tsa] }, edit: (bundle) => repeatStamp(bundle, edit) };
    expect((await reportOf(made)).refusedBecause).toBe('timestamp-duplicate');
    const alone: Attempt = {
      sign: { timestamps: [sigstore.tsa] },
      edit: (bundle) => {
        repeatStamp(bundle, edit);
        stamps(bundle).shift();
      },
    };
    expect((await reportOf(alone)).accepted).toBe(true);
  });

  it('is refused by name, even from an untrusted authority', async () => {
    const unknown = await createTimestampAuthority({ now, name: 'unknown.fake.test' });
    const sign = { timestamps: [sigstore.tsa, unknown] };
    expect((await reportOf({ sign })).accepted).toBe(true);
    const twice: Attempt = { sign, edit: (bundle) => void stamps(bundle).push({ ...stamps(bundle)[1] } as never) };
    expect((await reportOf(twice)).refusedBecause).toBe('timestamp-duplicate');
  });

  it.each<readonly [string, (base64: string) => string]>([
    ['no padding', (text) => text.replaceAll('=', '')],
    ['a line break', (text) => `${text.slice(0, 64)}\n${text.slice(64)}`],
  ])('is never counted twice because its base64 has %s', async (_, respell) => {
    const respellStamp = (bundle: BundleJson): void => {
      const [stamp] = stamps(bundle);
      stamps(bundle).push({ signedTimestamp: respell(stamp?.signedTimestamp ?? '') });
    };
    const timestamps = [sigstore.tsa];
    const made: Attempt = { sign: { timestamps }, edit: respellStamp };
    expect((await reportOf(made)).refusedBecause).toMatch(/^(?:timestamp-duplicate|bundle-malformed)$/);
  });

  it('is a different timestamp if the authority stamped the signature again', async () => {
    expect((await reportOf({ sign: { timestamps: [sigstore.tsa, sigstore.tsa] } }, 'on')).accepted).toBe(true);
  });
});

const children = (bytes: Uint8Array): Uint8Array[] =>
  readChildren(readDer(bytes, 'token'), 'token').map((child) => child.bytes);

/** The token with other parts of its SignedData. */
function withParts(response: Buffer, change: (parts: readonly Uint8Array[]) => readonly Uint8Array[]): Buffer {
  const [status = response, content = response] = children(response);
  const [type = content, wrapped = content] = children(content);
  const [signed = wrapped] = children(wrapped);
  const signedData = writeDer(TAG.sequence, ...change(children(signed)));
  return writeDer(TAG.sequence, status, writeDer(TAG.sequence, type, writeDer(0xa0, signedData)));
}

/** The token with a certificate in its set of certificates, which its signature does not cover (RFC 5652 §5.1). */
function withCertificate(response: Buffer, certificate: Buffer): Buffer {
  return withParts(response, (parts) => [...parts.slice(0, 3), writeDer(0xa0, certificate), ...parts.slice(-1)]);
}

/** The token with an attribute that its signature does not cover (RFC 5652 §5.3). */
function withUnsignedAttribute(response: Buffer): Buffer {
  const type = writeDer(TAG.objectIdentifier, Buffer.of(0x2a, 0x03, 0x04));
  const attribute = writeDer(TAG.sequence, type, writeDer(TAG.set, writeDer(TAG.octetString, Buffer.from('any'))));
  return withParts(response, (parts) => {
    const [info = response] = children(parts.at(-1) ?? response);
    const signer = writeDer(TAG.sequence, ...children(info), writeDer(0xa1, attribute));
    return [...parts.slice(0, -1), writeDer(TAG.set, signer)];
  });
}

describe('an SCT that is given twice', () => {
  it('is refused by name, even under a different signature or id of the log', async () => {
    const { ctLog } = sigstore;
    const alias = { ...ctLog, logId: Buffer.alloc(32, 7) };
    const listAlias = ({ ctlogs: [log], ctlogs }: TrustedRootJson): void => {
      if (log !== undefined) ctlogs.push({ ...log, logId: { keyId: alias.logId.toString('base64') } });
    };
    for (const second of [ctLog, alias]) {
      const made: Attempt = { certificate: { scts: [{ log: ctLog }, { log: second }] }, root: listAlias };
      expect((await reportOf(made)).refusedBecause).toBe('sct-duplicate');
    }
  });

  it('is a different SCT at a different time', async () => {
    const later = new Date(now.getTime() + 1000);
    const other = createCtLog({ now });
    const scts = [{ log: sigstore.ctLog }, { log: sigstore.ctLog, at: later }, { log: other }];
    expect((await reportOf({ certificate: { scts } })).accepted).toBe(true);
  });
});
