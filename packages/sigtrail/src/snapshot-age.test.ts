import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSigstore, type FakeRegistry, startRegistry, type TrustedRootJson } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifact, identity, mint } from '../test/attempt.ts';
import {
  evaluateImage,
  type ImagePolicy,
  inspectImage,
  isSigtrailError,
  type MissingFromSnapshot,
  type TrustSource,
  verifyBundle,
} from './index.ts';
import { evaluateAttestations } from './attestation/index.ts';
import { captureEvidence, replay } from './replay/index.ts';
import { inspectionToText, timelineToText, toText, trackToText } from './render/index.ts';
import { timelineOf, trackImage } from './track/index.ts';
import { type TrustProvider, trustRoot } from './trust/index.ts';
import { PUBLIC_GOOD_SNAPSHOT_DATE } from './trust/public-good-root.ts';

const images = new URL('../../../examples/images/', import.meta.url);
const ISSUER = 'http://127.0.0.1:5803/github';
const SUBJECT = 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3';
const policy: ImagePolicy = { signedBy: { issuer: ISSUER, subject: SUBJECT } };
const exampleRoot = JSON.parse(readFileSync(new URL('trusted_root.json', images), 'utf8')) as TrustedRootJson;
const now = new Date(Date.parse(PUBLIC_GOOD_SNAPSHOT_DATE) + 8.5 * 86_400_000);
const embedded = { trust: { embedded: true }, now: () => now } as const;
const AGE = `snapshot of ${PUBLIC_GOOD_SNAPSHOT_DATE}`;
const SOURCE = { snapshotDate: PUBLIC_GOOD_SNAPSHOT_DATE, ageDays: 8 };
let registry: FakeRegistry;
let reference: string;

beforeAll(async () => {
  registry = await startRegistry();
  registry.loadLayout('acme/app', fileURLToPath(new URL('bundle-keyless-github/layout', images)));
  reference = `${registry.host}/acme/app:v1`;
});
afterAll(async () => registry.close());

describe('the date of the embedded snapshot', () => {
  it('is in the report of an image, of its platforms and of its attestations', async () => {
    const reports = [
      await evaluateImage(reference, policy, embedded),
      await evaluateImage(reference, policy, { ...embedded, platforms: 'each' }),
      await evaluateAttestations(
        reference,
        { type: 'slsaprovenance1', signedBy: { issuer: ISSUER, subject: SUBJECT } },
        embedded,
      ),
    ];
    for (const report of reports) {
      expect(report.trust).toMatchObject(SOURCE);
      expect(toText(report)).toContain(`${AGE}, 8 days old`);
    }
  });

  it('is in an inspection, a track and a timeline', async () => {
    const inspection = await inspectImage(reference, embedded);
    const track = await trackImage(reference, { ...embedded, logs: [] });
    const timeline = timelineOf([track, track]);
    expect([inspection.trust, track.trust, ...timeline.trust]).toMatchObject([SOURCE, SOURCE, SOURCE]);
    for (const text of [inspectionToText(inspection), trackToText(track), timelineToText(timeline)])
      expect(text).toContain(`${AGE}, 8 days old`);
  });

  it('is beside a bundle, accepted and refused', async () => {
    const { bundle, trust } = await mint(await createSigstore({ now }), {});
    const both = [{ embedded: true }, { json: JSON.stringify(trust) }] as const;
    const accepted = await verifyBundle(bundle, artifact, { signedBy: identity }, { trust: both, now: () => now });
    expect(accepted.trust).toMatchObject({ kind: 'combined', ...SOURCE });
    const refused = await verifyBundle(bundle, artifact, { signedBy: identity }, embedded).catch((error) => error);
    expect(isSigtrailError(refused) && refused.trust).toMatchObject({ kind: 'embedded', ...SOURCE });
    expect(String(refused)).toContain(AGE);
    expect(Object.keys(refused)).not.toContain('trust');
  });

  it('stays known of several roots, as does when the first expires and what a refresh failed by', async () => {
    const root = trustRoot.fromJson(JSON.stringify(exampleRoot));
    const tuf =
      (name: string, expires: string, warning?: string): TrustProvider =>
      async () => ({
        root,
        source: { kind: 'tuf', name, expires, ...(warning === undefined ? {} : { warning }) },
      });
    const trust = [
      { embedded: true } as const,
      tuf('a', '2027-01-02T00:00:00.000Z', 'the mirror of a is away'),
      tuf('b', '2027-01-01T00:00:00.000Z'),
    ];
    const report = await evaluateImage(reference, policy, { trust, now: () => now });
    expect(report.trust).toMatchObject({
      kind: 'combined',
      ...SOURCE,
      expires: '2027-01-01T00:00:00.000Z',
      warning: 'the mirror of a is away',
    });
  });
});

describe('a candidate that only the age of the snapshot may refuse', () => {
  it('says so with the date and how to refresh, in JSON and text', async () => {
    const report = await evaluateImage(reference, policy, embedded);
    const [candidate] = report.candidates;
    expect(candidate?.refusedBecause).toBe('certificate-issuer-unknown');
    expect(candidate?.missingFromSnapshot?.snapshotDate).toBe(PUBLIC_GOOD_SNAPSHOT_DATE);
    for (const part of [AGE, '8 days old', 'certificate authority', 'transparency log', 'tufTrust()', '--tuf']) {
      expect(candidate?.missingFromSnapshot?.message).toContain(part);
      expect(toText(report)).toContain(part);
    }
    const inspection = await inspectImage(reference, embedded);
    expect(inspection.candidates[0]?.missingFromSnapshot?.message).toContain(AGE);
    expect(inspectionToText(inspection)).toContain('tufTrust()');
  });

  it('does not keep a replay from agreeing, whose trust has no date', async () => {
    const capsule = await captureEvidence(reference, policy, embedded);
    const report = await replay(capsule);
    expect([report.replay.agrees, report.candidates[0]?.missingFromSnapshot]).toEqual([true, undefined]);
  });

  /** The embedded root as if it had everything but some parts. */
  const snapshot =
    (change: (root: TrustedRootJson, other: TrustedRootJson) => void, kind: TrustSource['kind'] = 'embedded') =>
    async (subject?: string, isStamped = false): Promise<MissingFromSnapshot | undefined> => {
      const sigstore = await createSigstore({ now });
      const { rekor2, tsa } = sigstore;
      const sign = isStamped ? { sign: { logs: [rekor2], timestamps: [tsa] } } : {};
      const other = (await createSigstore({ now })).trustedRoot();
      const { bundle, trust } = await mint(sigstore, { ...sign, ...(subject === undefined ? {} : { subject }) });
      change(trust, other);
      const provider: TrustProvider = async () => ({
        root: trustRoot.fromJson(JSON.stringify(trust)),
        source: {
          kind,
          name: 'a snapshot',
          ...(kind === 'embedded' ? { snapshotDate: '2026-11-22', ageDays: 8 } : {}),
        },
      });
      const error = await verifyBundle(
        bundle,
        artifact,
        { signedBy: identity },
        { trust: provider, now: () => now },
      ).catch((thrown: unknown) => thrown);
      return isSigtrailError(error) ? error.candidate?.missingFromSnapshot : undefined;
    };
  const without = {
    authority: snapshot((root, { certificateAuthorities }) => Object.assign(root, { certificateAuthorities })),
    log: snapshot((root, { tlogs }) => Object.assign(root, { tlogs })),
    ctLog: snapshot((root, { ctlogs }) => Object.assign(root, { ctlogs })),
  };

  it.each([
    ['authority', 'does not have the certificate authority of'],
    ['log', 'does not have the transparency log of'],
    ['ctLog', 'does not have the CT log of'],
  ] as const)('without its %s', async (name, words) => {
    expect((await without[name]())?.message).toContain(words);
  });

  it('without its timestamp authority, and not if something else fails, too', async () => {
    const unstamped = snapshot((root, { timestampAuthorities }) => Object.assign(root, { timestampAuthorities }));
    expect((await unstamped(undefined, true))?.message).toContain('does not have the timestamp authority of');
    expect(await unstamped(`sha256:${'00'.repeat(32)}`, true)).toBeUndefined();
  });

  it.each(['authority', 'log', 'ctLog'] as const)('says nothing where something else fails, too: %s', async (name) => {
    expect(await without[name](`sha256:${'00'.repeat(32)}`)).toBeUndefined();
  });

  it('says nothing of a root without a snapshot’s date, nor of one that has everything', async () => {
    const given = snapshot(
      (root, { certificateAuthorities }) => Object.assign(root, { certificateAuthorities }),
      'given',
    );
    expect([await given(), await snapshot(() => undefined)()]).toEqual([undefined, undefined]);
  });
});
