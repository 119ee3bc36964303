import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { createVerifier, isSigtrailError, type ImagePolicy, type Verifier } from '../index.ts';
import { toText } from '../render/to-text.ts';
import { SECOND_JUDGE_OFF } from '../second-judge/switched-off.ts';
import { replay, type Replayed, type ReplayOptions } from './index.ts';

const at = new Date('2026-03-01T12:00:00Z');
const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } } as const satisfies ImagePolicy;
const deny = { identities: [{ issuer: 'https://issuer.evil.test' }] };
let image: ImageUnderTest;
let verifier: Verifier;
let honest: string;
let replayed: Replayed;

beforeAll(async () => {
  image = await createImage(at);
  const { sigstore, signer, digest } = image;
  image.tagLayers('sig', [
    sigstore.signImageLegacy({ imageDigest: digest, signer, dockerReference: image.repository }),
  ]);
  image.attachBundle(sigstore.signBundle({ statement: { imageDigest: digest }, signer }));
  verifier = createVerifier({ ...image.options, deny });
  const accept = { run: async () => true as const, name: 'allow' };
  const capsule = await verifier.capture(
    image.reference,
    { signedBy: { ...policy.signedBy, accept } },
    { signedName: 'any' },
  );
  honest = JSON.stringify(capsule);
  replayed = await replay(honest);
});
afterAll(async () => {
  await verifier.close();
  await image.close();
});

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Path = readonly (string | number)[];

/** Every place in a document: of lists the first element, for the others are of the same kind. */
function placesIn(value: Json, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.slice(0, 1).map((one, index) => [index, one] as const)
    : Object.entries(value);
  return [path, ...inside.flatMap(([name, one]) => placesIn(one, [...path, name]))];
}

/** The document with another value at a place; `undefined` takes it away. */
function withOther(document: Json, path: Path, value: Json | undefined): Json | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const copy = structuredClone(document) as Record<string | number, Json>;
  const changed = withOther(copy[name] ?? null, rest, value);
  if (changed !== undefined) copy[name] = changed;
  else if (Array.isArray(copy)) copy.splice(Number(name), 1);
  else delete copy[name];
  return copy;
}

/** Other values that a forger may put in the place of one. */
function forgeries(value: Json): readonly (Json | undefined)[] {
  if (typeof value === 'string') {
    const digit = value.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (last) => (last === '0' ? '1' : '0'));
    return [undefined, '', `${value}x`, digit];
  }
  if (typeof value === 'number') return [undefined, value + 1, 0];
  if (typeof value === 'boolean') return [undefined, !value];
  if (Array.isArray(value)) return [undefined, [], [...value, ...value]];
  return [undefined, {}];
}

/** What a replay states, but for what it says to be its file's word: the options of the question, and the versions that made it. */
function stated({ replay: { asked: _asked, ...note }, ...report }: Replayed): string {
  return JSON.stringify({
    ...report,
    note: { ...note, judges: note.judges.map(({ name, version }) => ({ name, version })) },
  });
}

async function caughtOrHarmless(text: string): Promise<'refused' | 'disagrees' | 'harmless' | 'believed'> {
  try {
    const report = await replay(text);
    if (!report.replay.agrees) return 'disagrees';
    return stated(report) === stated(replayed) ? 'harmless' : 'believed';
  } catch (error) {
    if (isSigtrailError(error)) return 'refused';
    throw error;
  }
}

describe('a capsule in which one place is forged', () => {
  it('is refused, or disagrees with what it says came out, or states the same: every place, every forgery', async () => {
    const document = JSON.parse(honest) as Json;
    const counts = { refused: 0, disagrees: 0, harmless: 0, believed: 0 };
    const believed: string[] = [];
    for (const path of placesIn(document).slice(1)) {
      const value = path.reduce<Json>(
        (inner, name) => (inner as Record<string | number, Json>)[name] ?? null,
        document,
      );
      // The recorded report is only compared: one forgery of a place in it is as good as another.
      for (const forged of path[0] === 'report' ? forgeries(value).slice(-1) : forgeries(value)) {
        const text = JSON.stringify(withOther(document, path, forged));
        const outcome = await caughtOrHarmless(text);
        counts[outcome] += 1;
        if (outcome === 'believed')
          believed.push(`${path.join('.')} = ${JSON.stringify(forged)?.slice(0, 80) ?? 'removed'}`);
      }
    }
    expect(believed).toEqual([]);
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.disagrees).toBeGreaterThan(100);
  }, 120_000);

  it.each<readonly [string, string, RegExp]>([
    ['graph.pinned, and the report with it', 'pinned', /graph.pinned is .*@sha256:e+/],
    ['graph.repository and pinned, and the report with them', 'repository', /graph.repository is ghcr.io\/acme\/app/],
    ['graph.mediaType', 'mediaType', /graph.mediaType is/],
    ['graph.size', 'size', /graph.size is/],
    ['the reference that was looked around', 'reference', /what was asked is/],
    ['what was looked for', 'want', /what was asked is/],
  ])('is refused by name, also when the recorded report is forged in the same way: %s', async (_, what, reason) => {
    const forged = JSON.parse(honest) as {
      discoveries: { graph: Record<string, string | number | string[]> }[];
      report: Record<string, Json>;
    };
    const evil = `sha256:${'e'.repeat(64)}`;
    for (const { graph } of forged.discoveries) {
      const { digest = '' } = graph;
      if (what === 'pinned') graph['pinned'] = `${graph['repository'] as string}@${evil}`;
      if (what === 'repository')
        Object.assign(graph, { repository: 'ghcr.io/acme/app', pinned: `ghcr.io/acme/app@${digest as string}` });
      if (what === 'mediaType') graph['mediaType'] = 'application/vnd.oci.image.index.v1+json';
      if (what === 'size') graph['size'] = 1;
      if (what === 'reference') graph['reference'] = 'ghcr.io/acme/app:1.4';
      if (what === 'want') graph['want'] = ['signatures', 'attestations'];
      forged.report['reference'] = graph['pinned'] ?? null;
    }
    await expect(replay(JSON.stringify(forged))).rejects.toMatchObject({
      code: 'invalid-capsule',
      message: expect.stringMatching(reason),
    });
  });
});

describe('a capsule that a stranger made with their own registry, logs and authority', () => {
  /** The image of a stranger, whole and consistent, under the name of another's. */
  function underOtherName(): string {
    return honest
      .replaceAll(image.reference, 'ghcr.io/acme/app:1.4')
      .replaceAll(`${image.registry.host}/${image.repository}`, 'ghcr.io/acme/app');
  }

  it('names its trust by the digest that was used, and says that it is the file’s own word', async () => {
    const claims = JSON.parse(underOtherName()) as { report: { trust: object } };
    claims.report.trust = {
      ...claims.report.trust,
      kind: 'embedded',
      name: 'Sigstore public-good instance',
      snapshotDate: '2026-02-01',
    };
    const report = await replay(JSON.stringify(claims));
    expect(report.verdict).toBe('verified');
    expect(report.trust).toEqual({
      kind: 'capsule',
      name: 'trusted root in the capsule',
      digest: expect.stringMatching(/^sha256:/),
    });
    expect(report.replay).toMatchObject({ agrees: true, trust: 'of-the-capsule', policy: 'of-the-capsule' });
  });

  it('is not the trust that the caller gives', async () => {
    expect((await replay(underOtherName(), { trust: { embedded: true } })).replay.trust).toBe('other-than-given');
  });
});

describe('what is held against a capsule', () => {
  const noteOf = async (options: ReplayOptions): Promise<Replayed['replay']> => {
    const plain = await verifier.capture(image.reference, policy);
    return (await replay(JSON.stringify(plain), options)).replay;
  };
  const trusted = (): { readonly json: string } => ({ json: JSON.stringify(image.sigstore.trustedRoot()) });

  it('is as given when trust, policy and deny-list are the ones it was made with', async () => {
    const { trust } = image.options;
    const note = await noteOf({ ...(trust === undefined ? {} : { trust }), policy, deny });
    expect(note).toMatchObject({ agrees: true, trust: 'as-given', policy: 'as-given', deny: 'as-given' });
    // In any order of members.
    const { issuer, subject } = policy.signedBy;
    expect((await noteOf({ policy: { signedBy: { subject, issuer } } })).policy).toBe('as-given');
  });

  it.each<readonly [string, () => ReplayOptions, object]>([
    [
      'another profile of the same root',
      () => ({ trust: { ...trusted(), profile: 'pki' } }),
      { trust: 'other-than-given' },
    ],
    [
      'another policy',
      () => ({ policy: { signedBy: { ...policy.signedBy, subject: 'x' } } }),
      { policy: 'other-than-given' },
    ],
    ['a policy that asks more', () => ({ policy: { ...policy, require: { log: 2 } } }), { policy: 'other-than-given' }],
    [
      'another deny-list',
      () => ({ deny: { identities: [{ issuer: 'https://other.test' }] } }),
      { deny: 'other-than-given' },
    ],
  ])('is other than given: %s', async (_, options, expected) => {
    expect(await noteOf(options())).toMatchObject(expected);
  });

  it('says when code of the policy can’t be asked again', async () => {
    const accept = { run: async () => true as const, name: 'allow' };
    const { replay: note } = await replay(honest, { policy: { signedBy: { ...policy.signedBy, accept } } });
    expect(note).toMatchObject({ policy: 'answers-of-the-capsule', asked: { signedName: 'any' } });
  });
});

describe('a policy that holds because something is not there', () => {
  const evil = { issuer: 'https://issuer.evil.test', subject: 'https://evil.test/x' };
  const held = async (asked: ImagePolicy, options: object = {}): Promise<Replayed['replay']> => {
    const capsule = await verifier.capture(image.reference, asked, options);
    return (await replay(JSON.stringify(capsule), { policy: asked })).replay;
  };

  it.each<readonly [string, ImagePolicy]>([
    ['not', { allOf: [policy, { not: { signedBy: evil } }] }],
    ['not, under another operator', { anyOf: [policy, { allOf: [{ not: { signedBy: evil } }, policy] }] }],
    ['VEX', { allOf: [policy, { vex: { signedBy: policy.signedBy } }] }],
  ])('says that the absence is the file’s own word: %s', async (_, asked) => {
    expect(await held(asked)).toMatchObject({ agrees: true, policy: 'absence-of-the-capsule' });
  });

  it('says so of attestations of which all must say it', async () => {
    const request = { type: 'slsaprovenance1', signedBy: policy.signedBy } as const;
    for (const [match, expected] of [
      ['all', 'absence-of-the-capsule'],
      ['any', 'as-given'],
    ] as const) {
      const asked = { ...request, match };
      const capsule = await verifier.captureAttestations(image.reference, asked);
      expect((await replay(JSON.stringify(capsule), { policy: asked })).replay.policy).toBe(expected);
    }
  });

  it('does not take a name of an annotation for one', async () => {
    const asked = { signedBy: { ...policy.signedBy, annotations: { not: 'x', vex: 'y' } } };
    expect((await held(asked)).policy).toBe('as-given');
  });

  it('says that what a function answered about signed names is the file’s own word', async () => {
    expect((await held(policy, { signedName: () => true })).policy).toBe('answers-of-the-capsule');
    expect((await held(policy, { signedName: 'any' })).policy).toBe('as-given');
  });
});

describe('the second judge of a replay', () => {
  it('is asked, though the file says that it is off', async () => {
    const forged = { ...(JSON.parse(honest) as { secondJudge: string }), secondJudge: 'off' };
    const report = await replay(forged);
    expect(report.candidates.map(({ secondJudge }) => secondJudge.verdict)).toEqual(['accepted', 'accepted']);
    expect(report.replay.agrees).toBe(true);
    expect(report.replay.judges.map(({ recorded }) => recorded)).toEqual([expect.any(String), 'off']);
  });

  it('is left out only for a caller who says so, and the report says so loudly', async () => {
    const report = await replay(honest, { secondJudge: 'off' });
    expect(report.candidates.map(({ secondJudge }) => secondJudge.verdict)).toEqual(['not-asked', 'not-asked']);
    expect(report.replay.agrees).toBe(true);
    expect(toText(report)).toContain(SECOND_JUDGE_OFF);
    await expect(replay(honest, { secondJudge: 'of' } as unknown as ReplayOptions)).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });
});

describe('a replay that disagrees', () => {
  const changed = (
    edit: (capsule: {
      engine: { version: string; secondJudge: { version: string } };
      report: { candidates: { secondJudge: object; checks: object[] }[] };
    }) => void,
  ): string => {
    const capsule = JSON.parse(honest) as Parameters<typeof edit>[0];
    edit(capsule);
    return JSON.stringify(capsule);
  };

  it('says that the second judge answers differently, and in which versions', async () => {
    const { replay: note } = await replay(
      changed(({ engine, report }) => {
        engine.secondJudge.version = '3.0.0';
        for (const candidate of report.candidates) candidate.secondJudge = { verdict: 'refused', reason: 'then' };
      }),
    );
    expect(note.agrees).toBe(false);
    expect(note.because).toMatch(
      /^the second judge answers differently; @sigstore\/verify is \S+, the capsule says 3\.0\.0$/,
    );
  });

  it('says that our own checks answer differently', async () => {
    const { replay: note } = await replay(
      changed(({ engine, report }) => {
        engine.version = '9.9.9';
        for (const candidate of report.candidates) candidate.checks.pop();
      }),
    );
    expect(note.because).toMatch(/^our own checks.* answer differently; sigtrail is \S+, the capsule says 9\.9\.9$/);
  });

  it('says that the file was changed when neither judge is another', async () => {
    const { replay: note } = await replay(changed(({ report }) => void report.candidates.pop()));
    expect(note.because).toMatch(/the file was changed$/);
  });

  it('says that the clock differs', async () => {
    const { replay: note } = await replay(honest, { now: new Date('2020-01-01T00:00:00Z') });
    expect(note).toMatchObject({ agrees: false, because: 'the clock differs' });
  });
});

it('holds the trust documents and the bundles as they came', () => {
  const capsule = JSON.parse(honest) as { trust: { documents: { text: string }[] }; blobs: Record<string, string> };
  expect(capsule.trust.documents.length).toBeGreaterThan(0);
  const bundles = Object.values(capsule.blobs).filter((base64) =>
    Buffer.from(base64, 'base64').includes('application/vnd.dev.sigstore.bundle'),
  );
  expect(bundles.length).toBeGreaterThan(0);
});
