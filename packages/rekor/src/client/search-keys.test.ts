import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { searchKeys, trackKeys } from './search-keys.ts';

const IMAGE = `sha256:${'ab'.repeat(32)}`;
const PLATFORM = `sha256:${'cd'.repeat(32)}`;
const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('searchKeys', () => {
  const classic = `{"critical":{"identity":{"docker-reference":"ghcr.io/acme/app"},"image":{"docker-manifest-digest":"${IMAGE}"},"type":"cosign container image signature"},"optional":null}`;
  const statement = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${'ab'.repeat(32)}"}}],"predicateType":"https://sigstore.dev/cosign/sign/v1"}`;

  it('knows what cosign would have signed, byte for byte, with no registry at hand', () => {
    const keys = searchKeys({ digests: [IMAGE], repository: 'ghcr.io/acme/app' });
    const hashes = keys.flatMap((key) => (key.kind === 'hash' ? [key.hash] : []));
    expect(hashes).toContain(IMAGE);
    expect(hashes).toContain(sha256(classic));
    expect(hashes).toContain(sha256(statement));
    expect(hashes).toContain(sha256(`DSSEv1 28 application/vnd.in-toto+json ${String(statement.length)} ${statement}`));
  });

  it('asks for each platform, and names each key once', () => {
    const keys = searchKeys({ digests: [IMAGE, PLATFORM, IMAGE] });
    const images = keys.filter((key) => key.kind === 'hash' && key.about === 'image');
    expect(images.map((key) => key.kind === 'hash' && key.hash)).toEqual([IMAGE, PLATFORM]);
  });

  it('takes payload, index and exact content from the registry’s signatures', () => {
    const payload = Buffer.from(classic);
    const keys = searchKeys({
      digests: [IMAGE],
      signatures: [{ payload, signature: Uint8Array.of(1, 2), verifierPem: 'PEM', logIndex: 2n ** 40n }],
    });
    expect(keys).toContainEqual(expect.objectContaining({ kind: 'hash', about: 'payload', hash: sha256(classic) }));
    expect(keys).toContainEqual(expect.objectContaining({ kind: 'index', logIndex: 2n ** 40n }));
    const entry = keys.find(({ kind }) => kind === 'entry');
    expect(entry).toMatchObject({
      proposed: {
        kind: 'hashedrekord',
        spec: { data: { hash: { value: sha256(classic).slice(7) } }, signature: { content: 'AQI=' } },
      },
    });
  });

  it('refuses text that is not a digest', () => {
    expect(() => searchKeys({ digests: ['sha256:ab'] })).toThrow(TypeError);
  });
});

describe('trackKeys', () => {
  const key = { format: 'x509', content: Uint8Array.of(1) } as const;

  it('asks for signers together with each digest of the image', () => {
    const plan = trackKeys(searchKeys({ digests: [IMAGE, PLATFORM], subjects: ['a@example.com'], keys: [key] }));
    const both = plan.searches.filter(({ query }) => query.operator === 'and').map(({ query }) => query);
    expect(both).toEqual([
      { subject: 'a@example.com', hash: IMAGE, operator: 'and' },
      { subject: 'a@example.com', hash: PLATFORM, operator: 'and' },
      { publicKey: key, hash: IMAGE, operator: 'and' },
      { publicKey: key, hash: PLATFORM, operator: 'and' },
    ]);
  });

  it('keeps encodings of envelopes for scans: no index knows them', () => {
    const keys = searchKeys({ digests: [IMAGE] });
    const envelopes = keys.flatMap((one) => (one.kind === 'hash' && one.about === 'envelope' ? [one.hash] : []));
    const plan = trackKeys(keys);
    expect(envelopes.length).toBeGreaterThan(0);
    for (const hash of envelopes) {
      expect(plan.hashes.has(hash)).toBe(true);
      expect(plan.searches.some(({ query }) => query.hash === hash)).toBe(false);
    }
  });

  it('gives what is known by place or content to the batch lookup', () => {
    const plan = trackKeys([
      { kind: 'index', logIndex: 7, because: 'bundle' },
      { kind: 'subject', subject: 'a@example.com', because: 'policy' },
    ]);
    expect(plan.questions).toEqual([{ question: { logIndex: 7 }, because: 'bundle' }]);
    expect(plan.searches).toEqual([{ query: { subject: 'a@example.com' }, because: 'policy' }]);
  });
});
