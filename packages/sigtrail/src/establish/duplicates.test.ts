import { createHash } from 'node:crypto';
import {
  type BundleJson,
  createCtLog,
  createSigstore,
  type FakeSigstore,
  type TrustedRootJson,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Attempt, artifact, entryOf, identity, mint, now } from '../../test/attempt.ts';
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

  it('is another entry when the log records another body, or when another log records the same', async () => {
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

  it('is another timestamp when the authority stamped the signature again', async () => {
    expect((await reportOf({ sign: { timestamps: [sigstore.tsa, sigstore.tsa] } }, 'on')).accepted).toBe(true);
  });
});

describe('an SCT that is given twice', () => {
  it('is refused by name, also under another signature or another id of the log', async () => {
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

  it('is another SCT at another time', async () => {
    const later = new Date(now.getTime() + 1000);
    const other = createCtLog({ now });
    const scts = [{ log: sigstore.ctLog }, { log: sigstore.ctLog, at: later }, { log: other }];
    expect((await reportOf({ certificate: { scts } })).accepted).toBe(true);
  });
});
