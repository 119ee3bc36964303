import { fallbackTagOf, GITHUB_ISSUER, GITHUB_WORKFLOW, indexOf, MEDIA_TYPE } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDockerImage, type DockerImage, type Entry, SLSA, SPDX } from '../test/docker-image.ts';
import { inspectImage } from './inspect-image.ts';
import type { ImageCallOptions } from './options.ts';
import { attested, not, signedBy } from './policy/compose.ts';
import type { ImagePolicy } from './policy/policy.ts';
import { slsa } from './policy/slsa.ts';
import { captureEvidence } from './replay/capture-evidence.ts';
import { replay } from './replay/replay.ts';
import { ImageInspectionSchema, PlatformsReportSchema } from './report/report-schema.ts';
import { evaluateAttestations } from './verify-attestations.ts';
import { evaluateImage, verifyImage } from './verify-image.ts';

const docker = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const provenance = attested('slsaprovenance1', docker);
const asSignature = { signedBy: docker, acceptAttestationManifestsAsSignature: true } as const;
const each = { platforms: 'each' } as const;

let image: DockerImage;
beforeEach(async () => {
  image = await createDockerImage();
});
afterEach(async () => image.close());

const ask = async (policy: ImagePolicy, options: ImageCallOptions = each, reference: string = image.reference) =>
  evaluateImage(reference, policy, { ...image.options, ...options });
const outcome = async (policy: ImagePolicy, options: ImageCallOptions = each, reference: string = image.reference) => {
  const report = await ask(policy, options, reference);
  return [report.verdict, 'reason' in report ? report.reason : report.problems.map(({ code }) => code).join()];
};
const VERIFIED = ['verified', ''];
const codesOf = async (policy: ImagePolicy = provenance): Promise<readonly string[]> => {
  const report = await ask(policy);
  const reports = report.kind === 'platforms' ? report.platforms.map((one) => one.report) : [report];
  return reports.flatMap(({ candidates }) => candidates.map(({ refusedBecause = 'accepted' }) => refusedBecause));
};
/** amd64 and arm64, each with its attestation manifest; `signed` says which of these are signed. */
const build = (signed: readonly boolean[] = [true, true]) => {
  const platforms = ['amd64', 'arm64'].map((name) => image.platform(name));
  const manifests = platforms.map(({ digest }) => image.attestation(digest, image.statements(digest, [SLSA, SPDX])));
  for (const [at, manifest] of manifests.entries()) if (signed[at] === true) image.sign(manifest);
  return { platforms, manifests, root: image.index([...platforms, ...manifests]) };
};
/** One platform whose attestation manifest is as given, in the index. */
const one = (manifest: (platform: Entry) => Entry): { readonly platform: Entry; readonly manifest: Entry } => {
  const platform = image.platform('amd64');
  const made = manifest(platform);
  image.index([platform, made]);
  return { platform, manifest: made };
};

describe('images signed Docker’s way', () => {
  it.each(['bundle', 'oci11'] as const)('are attested, platform by platform, by a signature as %s', async (form) => {
    const platforms = ['amd64', 'arm64'].map((name) => image.platform(name));
    const manifests = platforms.map(({ digest }) => image.attestation(digest, image.statements(digest, [SLSA, SPDX])));
    for (const manifest of manifests) image.sign(manifest, { form });
    const root = image.index([...platforms, ...manifests]);
    for (const type of ['slsaprovenance1', 'spdxjson'] as const) {
      const { index, images, report } = await verifyImage(image.reference, attested(type, docker), {
        ...image.options,
        platforms: 'each',
      });
      expect([index, images.map(({ platform, reference }) => [platform, reference])]).toEqual([
        image.at(root.digest),
        platforms.map(({ digest }, at) => [['linux/amd64', 'linux/arm64'][at], image.at(digest)]),
      ]);
      // The report says which platforms are covered, and by what.
      expect(images.map(({ signatures }) => signatures.map(({ through }) => through))).toMatchObject(
        platforms.map(({ digest }, at) => [{ image: digest, attestationManifest: manifests[at]?.digest }]),
      );
      expect(PlatformsReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(
        JSON.parse(JSON.stringify(report)),
      );
    }
  });

  it('are attested by what their statements say, and by that alone', async () => {
    build();
    const builtBy = (builderId: string) => attested('slsaprovenance1', docker, slsa({ builderId }));
    expect(await outcome(builtBy('https://github.com/docker/github-builder'))).toEqual(VERIFIED);
    expect(await outcome(builtBy('https://github.com/another/builder'))).toEqual(['rejected', 'no-match']);
    expect(await outcome(attested('vuln', docker))).toEqual(['rejected', 'no-match']);
    expect(await outcome(attested('slsaprovenance1', { ...docker, subject: 'another' }))).toEqual([
      'rejected',
      'no-match',
    ]);
    expect(await outcome({ allOf: [provenance, not(attested('spdxjson', docker))] })).toEqual(['rejected', 'no-match']);
  });

  it('count as signed only if the policy says so', async () => {
    build();
    expect(await outcome(signedBy(docker))).toEqual(['rejected', 'only-attestations']);
    expect(await outcome(asSignature)).toEqual(VERIFIED);
    expect(await outcome({ signedBy: docker, acceptAttestationsAsSignature: [SPDX] })).toEqual(VERIFIED);
    expect(await outcome({ signedBy: docker, acceptAttestationsAsSignature: ['other'] })).toEqual([
      'rejected',
      'no-match',
    ]);
    expect((await ask(asSignature)).relaxations).toEqual([
      'a signature of an image’s attestation manifest counts as one of the image',
    ]);
    await expect(
      ask({ signedBy: docker, acceptAttestationManifestsAsSignature: 'yes' as unknown as true }),
    ).rejects.toMatchObject({ name: 'TypeError', code: 'invalid-option' });
  });

  it('without `platforms` have only attestations, and these are named with the platform that they are about', async () => {
    const { platforms } = build();
    for (const policy of [signedBy(docker), asSignature, provenance]) {
      const report = await ask(policy, {});
      expect([report.verdict, report.verdict === 'rejected' && report.reason]).toEqual([
        'rejected',
        'only-attestations',
      ]);
      expect(report.candidates.map(({ through }) => [through?.platform, through?.image])).toEqual(
        ['linux/amd64', 'linux/amd64', 'linux/arm64', 'linux/arm64'].map((name, at) => [
          name,
          platforms[at < 2 ? 0 : 1]?.digest,
        ]),
      );
    }
    const report = await evaluateAttestations(image.reference, { type: SLSA, signedBy: docker }, image.options);
    expect(report).toMatchObject({ verdict: 'rejected', reason: 'no-match' });
    expect(report.candidates[0]?.refusedBecause).toBe('attestation-of-platform');
  });

  it.each(['artifact', 'hardened'] as const)('are found as referrers of the platform manifest: %s', async (form) => {
    const platform = image.platform('amd64');
    for (const how of ['bundle', 'oci11'] as const) image.sign(image.referrer(form, platform), { form: how });
    image.index([platform]);
    expect(await outcome(provenance)).toEqual(VERIFIED);
    expect(await outcome(provenance, {}, image.at(platform.digest))).toEqual(VERIFIED);
    const report = await evaluateAttestations(
      image.at(platform.digest),
      { type: SLSA, signedBy: docker },
      image.options,
    );
    expect(report.verdict).toBe('verified');
    expect(await outcome(signedBy(docker))).toEqual(['rejected', 'only-attestations']);
  });

  it('are verified from a capsule, too', async () => {
    build();
    const capsule = await captureEvidence(image.reference, provenance, { ...image.options, ...each });
    await image.close();
    const replayed = await replay(JSON.parse(JSON.stringify(capsule)), {
      policy: provenance,
      trust: image.options.trust,
    });
    expect([replayed.verdict, replayed.replay?.agrees]).toEqual(['verified', true]);
  });

  it('are inspected: who signed, and for which platform', async () => {
    const { platforms } = build([true, false]);
    const inspection = await inspectImage(image.reference, image.options);
    expect(
      inspection.candidates.map(({ through, proven, unverifiedClaims: { predicateType } }) => [
        through?.image,
        through?.platform,
        predicateType,
        proven,
      ]),
    ).toEqual([SLSA, SPDX].map((type) => [platforms[0]?.digest, 'linux/amd64', type, true]));
    expect(ImageInspectionSchema.parse(JSON.parse(JSON.stringify(inspection)))).toBeDefined();
  });
});

describe('images signed Docker’s way are refused', () => {
  it('beside one that is signed, the platform that is not', async () => {
    build([true, false]);
    const report = await ask(provenance);
    if (report.kind !== 'platforms') throw new TypeError('platforms were asked for');
    expect(report.platforms.map(({ platform, verdict }) => [platform, verdict])).toEqual([
      ['linux/amd64', 'verified'],
      ['linux/arm64', 'rejected'],
    ]);
    expect(await outcome(provenance, { platforms: ['linux/amd64'] })).toEqual(VERIFIED);
    expect(await outcome(provenance, { platforms: ['linux/arm64'] })).toEqual(['rejected', 'unsigned']);
  });

  it('if the attestation manifest is that of another image', async () => {
    const other = image.attestation(image.platform('other').digest);
    image.sign(other);
    const about = (digest: string): Entry => ({
      ...other,
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
    });
    one(({ digest }) => about(digest));
    for (const policy of [provenance, asSignature]) {
      expect(await outcome(policy)).toEqual(['rejected', 'no-match']);
      expect(await codesOf(policy)).toEqual(['subject-mismatch']);
    }
  });

  it('if the attestation manifests of two platforms are swapped', async () => {
    const [amd64, arm64] = [image.platform('amd64'), image.platform('arm64')] as const;
    const about = (entry: Entry, digest: string): Entry => ({
      ...entry,
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
    });
    const [first, second] = [image.attestation(amd64.digest), image.attestation(arm64.digest)];
    for (const manifest of [first, second]) image.sign(manifest);
    image.index([amd64, arm64, first, second]);
    expect(await outcome(provenance)).toEqual(VERIFIED);
    image.index([amd64, arm64, about(first, arm64.digest), about(second, amd64.digest)]);
    expect(await outcome(provenance)).toEqual(['rejected', 'no-match']);
    expect(await codesOf()).toEqual(['subject-mismatch', 'subject-mismatch']);
  });

  it('if a statement is about another manifest, and the one beside it is not', async () => {
    const other = image.platform('other').digest;
    const { manifest } = one(({ digest }) =>
      image.attestation(digest, [...image.statements(digest, [SPDX]), ...image.statements(other, [SLSA])]),
    );
    image.sign(manifest);
    expect(await outcome(attested('spdxjson', docker))).toEqual(VERIFIED);
    expect(await outcome(provenance)).toEqual(['rejected', 'no-match']);
    expect(await codesOf()).toEqual(['predicate-type-mismatch', 'subject-mismatch']);
  });

  it('if a subject names two manifests by two digests', async () => {
    const { manifest } = one(({ digest }) => {
      const [statement] = image.statements(digest);
      const document = JSON.parse(String(statement?.bytes)) as { subject: { digest: Record<string, string> }[] };
      for (const subject of document.subject) subject.digest['sha512'] = '0'.repeat(128);
      return image.attestation(digest, [
        { bytes: Buffer.from(JSON.stringify(document)), mediaType: 'application/vnd.in-toto+json' },
      ]);
    });
    image.sign(manifest);
    expect(await codesOf()).toEqual(['subject-mismatch']);
  });

  it('if the signature covers another attestation manifest, though it refers to this one', async () => {
    const { platform, manifest } = one(({ digest }) => image.attestation(digest));
    image.sign(manifest, {}, image.attestation(platform.digest, image.statements(platform.digest, [SPDX])).digest);
    expect(await outcome(provenance)).toEqual(['rejected', 'no-match']);
    expect(await codesOf()).toEqual(['subject-mismatch']);
  });

  it('if somebody edits a layer: the signature doesn’t cover it in the list, and it is not read under its digest', async () => {
    const { platform, manifest } = one(({ digest }) => image.attestation(digest));
    image.sign(manifest);
    const [statement] = image.statements(platform.digest);
    const edited = Buffer.from(String(statement?.bytes).replace('docker/github-builder', 'docker/github-buildee'));
    const layer = image.registry.putBlob('acme/app', statement?.bytes ?? edited);
    image.registry.tamper('acme/app', layer, edited);
    const [verdict] = await outcome(provenance);
    expect([verdict, await codesOf()]).toEqual(['indeterminate', ['payload-digest-mismatch']]);
    image.registry.tamper('acme/app', layer, statement?.bytes ?? edited);
    expect(await outcome(provenance)).toEqual(VERIFIED);
    const relisted = image.attestation(platform.digest, [{ bytes: edited, mediaType: 'application/vnd.in-toto+json' }]);
    image.index([platform, relisted]);
    image.sign(relisted, {}, manifest.digest);
    expect(await outcome(provenance)).toEqual(['rejected', 'no-match']);
    expect(await codesOf()).toEqual(['subject-mismatch']);
  });

  it('if somebody attests something about the attestation manifest instead of signing it', async () => {
    const { manifest } = one(({ digest }) => image.attestation(digest));
    image.sign(manifest, { statement: { imageDigest: manifest.digest, predicateType: SLSA } });
    for (const policy of [provenance, asSignature])
      expect(await codesOf(policy)).toEqual(['attestation-not-signature']);
  });

  it('if the listed bytes are empty, or not a statement', async () => {
    for (const [layers, code] of [
      [[{ bytes: Buffer.from('{}'), mediaType: 'application/vnd.in-toto+json' }], 'statement-malformed'],
      [[{ bytes: Buffer.from('{}'), mediaType: 'text/plain' }], 'attestation-manifest-malformed'],
    ] as const) {
      const { manifest } = one(({ digest }) => image.attestation(digest, layers));
      image.sign(manifest);
      expect(await codesOf()).toEqual([code]);
    }
  });

  it('as signed images, even if a listed statement calls itself a signature', async () => {
    const type = 'https://sigstore.dev/cosign/sign/v1';
    const { platform, manifest } = one(({ digest }) =>
      image.attestation(digest, image.statements(digest, [type, SLSA])),
    );
    image.sign(manifest);
    // With attestations asked for beside it, what is listed is read as well.
    expect(await outcome({ allOf: [signedBy(docker), provenance] })).toEqual(['rejected', 'only-attestations']);
    expect(await codesOf({ allOf: [signedBy(docker), provenance] })).toEqual(['attestation-not-signature', 'accepted']);
    expect(await outcome({ allOf: [asSignature, provenance] })).toEqual(VERIFIED);
    image.sign(platform);
    expect(await outcome({ allOf: [signedBy(docker), provenance] })).toEqual(VERIFIED);
  });

  it('by what an attestation manifest says against them, even if the index that lists it is signed', async () => {
    const platform = image.platform('amd64');
    const inherit = { inherit: { index: image.reference } };
    const policy: ImagePolicy = { allOf: [signedBy(docker), not(attested('spdxjson', docker))] };
    const listing = (types: readonly string[]): void => {
      const manifest = image.attestation(platform.digest, image.statements(platform.digest, types));
      image.sign(manifest);
      image.sign(image.index([platform, manifest]));
    };
    listing([SLSA]);
    expect(await outcome(policy, inherit, image.at(platform.digest))).toEqual(VERIFIED);
    listing([SLSA, SPDX]);
    expect(await outcome(policy, inherit, image.at(platform.digest))).toEqual(['rejected', 'no-match']);
    expect(await outcome(policy, { ...each, inherit: true })).toEqual(['rejected', 'no-match']);
    expect(await outcome(attested('spdxjson', docker), inherit, image.at(platform.digest))).toEqual(VERIFIED);
  });

  it('if nothing is signed: a statement by itself is unsigned', async () => {
    build([false, false]);
    expect(await outcome(provenance)).toEqual(['rejected', 'unsigned']);
    expect(await outcome(signedBy(docker), {})).toEqual(['rejected', 'unsigned']);
  });
});

describe('what could not be read', () => {
  it('leaves the answer open: the attestation manifest, a statement, the list of its signatures, a signature', async () => {
    const { platform, manifest } = one(({ digest }) => image.attestation(digest));
    const signature = image.sign(manifest);
    const [statement] = image.statements(platform.digest);
    const layer = image.registry.putBlob('acme/app', statement?.bytes ?? Buffer.alloc(0));
    for (const path of [
      `/manifests/${manifest.digest}`,
      `/blobs/${layer}`,
      `/referrers/${manifest.digest}`,
      `/manifests/${signature}`,
    ]) {
      const fault = image.registry.fail({ path, fault: { kind: 'status', status: 403 } });
      for (const policy of [provenance, asSignature, signedBy(docker)])
        expect((await outcome(policy))[0], path).toBe('indeterminate');
      expect((await outcome(signedBy(docker), {}))[0], path).toBe('indeterminate');
      fault.clear();
    }
    expect(await outcome(provenance)).toEqual(VERIFIED);
  });

  it('is what a stranger only declares to be huge, and takes nothing from the honest manifest beside it', async () => {
    const { platform, manifest } = one(({ digest }) => image.attestation(digest));
    image.sign(manifest);
    const layer = { mediaType: 'application/vnd.in-toto+json', size: 60 * 1024 * 1024 };
    const layers = Array.from({ length: 10 }, (_, at) => ({ ...layer, digest: `sha256:${String(at).repeat(64)}` }));
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 };
    const { mediaType, digest, size } = platform;
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA_TYPE.manifest,
        artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
        config: { ...config, digest: image.registry.putBlob('acme/app', Buffer.from('{}')) },
        layers,
        subject: { mediaType, digest, size },
      }),
    );
    const huge = image.registry.putManifest('acme/app', bytes, MEDIA_TYPE.manifest);
    image.sign({ mediaType: MEDIA_TYPE.manifest, digest: huge, size: bytes.length });
    for (const honest of [manifest, image.referrer('artifact', platform, image.statements(digest, [SPDX]))]) {
      image.sign(honest);
      expect(await outcome(attested(honest === manifest ? 'slsaprovenance1' : 'spdxjson', docker))).toEqual([
        'verified',
        expect.stringContaining('too-large'),
      ]);
    }
    expect((await outcome(attested('vuln', docker)))[0]).toBe('indeterminate');
  });

  it('is more than a hundred attestation manifests', async () => {
    const platform = image.platform('amd64');
    const manifests = Array.from({ length: 101 }, (_, at) =>
      image.attestation(platform.digest, image.statements(platform.digest, [`https://example.test/${at}`])),
    );
    image.index([platform, ...manifests.slice(1)]);
    expect(await outcome(signedBy(docker), {})).toEqual(['rejected', 'unsigned']);
    image.index([platform, ...manifests]);
    for (const options of [{}, each])
      expect(await outcome(signedBy(docker), options)).toEqual(['indeterminate', 'too-large']);
  });
});

describe('what it costs', () => {
  const requests = async (policy: ImagePolicy, options: ImageCallOptions): Promise<readonly string[]> => {
    image.registry.requests.length = 0;
    await ask(policy, options);
    return image.registry.requests.map(({ route, name }) => `${route} ${name ?? ''}`);
  };

  it('is nothing for an index without attestation manifests, and one listing per platform if nothing is signed', async () => {
    const { platforms, manifests } = build([false, false]);
    for (const [policy, options] of [
      [signedBy(docker), {}],
      [signedBy(docker), each],
      [provenance, each],
    ] as const) {
      const extra = await requests(policy, options);
      image.index(platforms);
      const usual = await requests(policy, options);
      image.index([...platforms, ...manifests]);
      expect(usual.filter((line) => manifests.some(({ digest }) => line.includes(digest.slice(7))))).toEqual([]);
      expect(extra.filter((line) => manifests.some(({ digest }) => line.includes(digest.slice(7)))).toSorted()).toEqual(
        manifests.map(({ digest }) => `referrers ${digest}`).toSorted(),
      );
      expect(extra.length).toBe(usual.length + 2);
    }
  });

  it('is two listings if the registry lacks the API', async () => {
    image.registry.configure({ referrersApi: false });
    const { manifests } = build([false, false]);
    const extra = await requests(provenance, each);
    const about = (digest: string): readonly string[] => extra.filter((line) => line.includes(digest.slice(7)));
    for (const { digest } of manifests)
      expect(about(digest)).toEqual([`referrers ${digest}`, `fallback-tag ${fallbackTagOf(digest)}`]);
  });

  it('is what was found if it is signed: manifest and bytes of each signature, attestation manifest and statements', async () => {
    const { manifest } = one(({ digest }) => image.attestation(digest));
    const unsigned = await requests(provenance, each);
    image.sign(manifest);
    expect((await requests(provenance, each)).length).toBe(unsigned.length + 4);
  });

  it('is nothing if the image itself is signed', async () => {
    const { root, manifests } = build();
    image.sign(root);
    const asked = await requests(signedBy(docker), {});
    expect(asked.filter((line) => manifests.some(({ digest }) => line.includes(digest.slice(7))))).toEqual([]);
  });
});

describe('an index in the index', () => {
  it('has its attestation manifests looked at for a manifest that the outer one lists, too', async () => {
    const policy: ImagePolicy = { allOf: [signedBy(docker), not(attested('spdxjson', docker))] };
    const platform = image.platform('amd64');
    image.sign(platform);
    for (const [type, answer] of [
      [SLSA, VERIFIED],
      [SPDX, ['rejected', 'no-match']],
    ] as const) {
      const manifest = image.attestation(platform.digest, image.statements(platform.digest, [type]));
      image.sign(manifest);
      const inner = indexOf([platform, manifest]);
      const digest = image.registry.putManifest('acme/app', inner, MEDIA_TYPE.index);
      image.index([platform, { mediaType: MEDIA_TYPE.index, digest, size: inner.length }]);
      expect(await outcome(policy)).toEqual(answer);
    }
  });

  it('has its own attestation manifests looked at', async () => {
    const platform = image.platform('amd64');
    const manifest = image.attestation(platform.digest);
    image.sign(manifest);
    const inner = indexOf([platform, manifest]);
    const digest = image.registry.putManifest('acme/app', inner, MEDIA_TYPE.index);
    image.index([{ mediaType: MEDIA_TYPE.index, digest, size: inner.length }]);
    expect(await outcome(provenance)).toEqual(VERIFIED);
  });
});
