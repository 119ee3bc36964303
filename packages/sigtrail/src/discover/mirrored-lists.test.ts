import { createSigstore, type FakeRegistry, type FakeSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allOf, not, signedBy } from '../policy/compose.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import { captureEvidence, replay } from '../replay/index.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import { evaluateImage, type VerifyImageOptions } from '../verify-image.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const issuer = 'https://accounts.google.com';
const ours = { email: 'release@acme.test' };
const revoker = { email: 'security@acme.test' };
const isSigned = signedBy({ issuer, subject: ours.email });
const isNotRevoked = not(signedBy({ issuer, subject: revoker.email }));

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let mirror: FakeRegistry;
let reference: string;
beforeEach(async () => {
  [sigstore, registry, mirror] = await Promise.all([createSigstore({ now: NOW }), startRegistry(), startRegistry()]);
  const { digest } = pushImage(registry, 'acme/app:v1');
  pushImage(mirror, 'acme/app:v1');
  reference = `${registry.host}/acme/app@${digest}`;
  // The mirror has what it kept of yesterday: it does not know what was signed since.
  for (const place of [registry, mirror]) await sigstore.signImage(place, 'acme/app:v1', { as: ours });
});
afterEach(async () => {
  await Promise.all([registry.close(), mirror.close()]);
});

const optionsWith = (mirrors: readonly string[]): VerifyImageOptions => ({
  trust: { json: JSON.stringify(sigstore.trustedRoot()) },
  now: () => NOW,
  registry: { dockerConfig: false, env: {}, mirrors: { [registry.host]: mirrors } },
});
const evaluate = async (policy: ImagePolicy, mirrors: readonly string[]): Promise<ImageReport | PlatformsReport> =>
  evaluateImage(reference, policy, optionsWith(mirrors));

describe('a list of referrers from a mirror', () => {
  it('proves what it lists', async () => {
    expect((await evaluate(isSigned, [mirror.host])).verdict).toBe('verified');
  });

  it('proves no absence: what the mirror left out may be at the registry', async () => {
    const policy = allOf(isSigned, isNotRevoked);
    expect((await evaluate(policy, [])).verdict).toBe('verified');
    await sigstore.signImage(registry, 'acme/app:v1', { as: revoker });
    expect((await evaluate(policy, [])).verdict).toBe('rejected');
    const report = await evaluate(policy, [mirror.host]);
    expect(report.verdict).toBe('indeterminate');
    expect(report.locations.map(({ kind, answer, mirror: by }) => [kind, answer, by])).toContainEqual([
      'referrers-api',
      'found',
      mirror.host,
    ]);
  });

  it('leaves open whether the registry has what it does not list', async () => {
    await sigstore.signImage(registry, 'acme/app:v1', { as: revoker });
    const isChecked = signedBy({ issuer, subject: revoker.email });
    expect((await evaluate(isChecked, [])).verdict).toBe('verified');
    expect(await evaluate(isChecked, [mirror.host])).toMatchObject({
      verdict: 'indeterminate',
      problems: [{ code: 'place-unread' }],
    });
  });

  it('proves no absence in a replay either', async () => {
    const capsule = await captureEvidence(reference, allOf(isSigned, isNotRevoked), optionsWith([mirror.host]));
    expect((await replay(JSON.stringify(capsule))).verdict).toBe('indeterminate');
  });
});
