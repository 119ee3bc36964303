import { bundleManifest, EMPTY_CONFIG, generateKeyPair, manifestOf, MEDIA_TYPE, pushManifest } from '@sigtrail/testing';
import type { PlatformName } from 'oci-client-lite';
import type { ImageUnderTest } from '../image-under-test.ts';
import type { Attack } from './attack.ts';
import type { Outcome, World } from './world.ts';

// Everyone who may push can put an index of their own around one manifest that is signed. Beside each attack the same index, all of it signed.

const KEY = generateKeyPair();
const POLICY = { signedBy: { key: KEY.pem }, require: { log: 0 } };

type Entry = Readonly<Record<string, unknown>> & { readonly digest: string };

/** Makes entries of an index: `good` is signed, a `stranger` only in the honest neighbour. */
interface Builder {
  readonly good: (platform?: object) => Entry;
  readonly stranger: (platform?: object, more?: object) => Entry;
  readonly nested: (manifests: readonly object[], platform?: object) => Entry;
}

type Build = (builder: Builder) => readonly object[] | string;

const linux = (architecture: string, variant?: string): object => ({
  os: 'linux',
  architecture,
  ...(variant === undefined ? {} : { variant }),
});
const windows = (version: string): object => ({ os: 'windows', architecture: 'amd64', 'os.version': version });
const AMD64 = linux('amd64');
const BUILDKIT = { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };
const text = (value: object): string => JSON.stringify(value);

const LINES: readonly (readonly [attack: string, asked: 'each' | PlatformName, code: string, build: Build])[] = [
  ['BuildKit’s annotation', 'each', 'unsigned', ({ good, stranger }) => [stranger(AMD64, BUILDKIT), good(AMD64)]],
  ['an artifact type', 'each', 'unsigned', ({ good, stranger }) => [stranger(AMD64, { artifactType: 'x/y' }), good()]],
  ['a variant', 'linux/amd64', 'unsigned', ({ good, stranger }) => [stranger(linux('amd64', 'v2')), good(AMD64)]],
  ['a build', 'windows/amd64', 'unsigned', ({ good, stranger }) => [stranger(windows('1')), good(windows('2'))]],
  ['no platform', 'linux/amd64', 'unsigned', ({ good, stranger }) => [stranger(), good(AMD64)]],
  ['the same platform', 'linux/amd64', 'unsigned', ({ good, stranger }) => [good(AMD64), stranger(AMD64)]],
  ['an index', 'linux/amd64', 'unsigned', ({ good, stranger, nested }) => [nested([stranger(AMD64)]), good(AMD64)]],
  ['another spelling', 'linux/amd64', 'unsigned', ({ good, stranger }) => [stranger(linux('x86_64')), good(AMD64)]],
  [
    'a letter that Go lowers to another',
    'linux/amd64',
    'unsigned',
    ({ good, stranger }) => [stranger({ os: 'lİnux', architecture: 'amd64' }), good(AMD64)],
  ],
  [
    'a lesser variant, which Podman takes',
    'linux/arm/v7',
    'unsigned',
    ({ good, stranger }) => [stranger(linux('arm', 'v6')), good()],
  ],
  [
    'another architecture, which containerd falls back to',
    'linux/amd64',
    'unsigned',
    ({ good, stranger, nested }) => [nested([stranger(linux('386'))], AMD64), good(AMD64)],
  ],
  [
    'the key manifeſts, which Go reads as manifests',
    'each',
    'invalid-manifest',
    ({ good, stranger }) => `"manifests":[${text(good(AMD64))}],"manifeſts":[${text(stranger(AMD64))}]`,
  ],
  [
    'the key digest twice',
    'each',
    'invalid-manifest',
    ({ good, stranger }) => `"manifests":[${text(good(AMD64)).slice(0, -1)},"digest":"${stranger(AMD64).digest}"}]`,
  ],
  [
    'entry 101',
    'each',
    'too-many-platforms',
    ({ good, stranger }) => [...Array<Entry>(100).fill(good(AMD64)), stranger(AMD64)],
  ],
];

/** The index and what it leads to are never verified for the one manifest that is. */
export const PLATFORM_ATTACKS: readonly Attack[] = LINES.map(([attack, asked, code, build]) => ({
  row: 'a stranger’s index',
  attack: `a stranger’s manifest beside the signed one: ${attack}`,
  code,
  attacked: (world) => ask(world, asked, build, false),
  // Of what no index may be, the neighbour is one with both manifests.
  honest: (world) =>
    ask(
      world,
      asked,
      code === 'unsigned' ? build : ({ good, stranger }) => [good(AMD64), stranger(linux('arm64'))],
      true,
    ),
}));

async function ask(world: World, asked: 'each' | PlatformName, build: Build, isHonest: boolean): Promise<Outcome> {
  return world.image(
    (image) => {
      const good = (platform?: object): Entry => sign(image, put(image, platform));
      const stranger = (platform?: object, more?: object): Entry =>
        isHonest ? sign(image, put(image, platform, more)) : put(image, platform, more);
      const built = build({ good, stranger, nested: (manifests, platform) => putIndex(image, manifests, platform) });
      putIndex(image, built, undefined, 'multi');
    },
    (verifier, { registry, repository }) =>
      verifier.evaluate(`${registry.host}/${repository}:multi`, POLICY, {
        platforms: asked === 'each' ? asked : [asked],
      }),
  );
}

let count = 0;

/** A manifest like no other, as an entry of an index. */
function put({ registry, repository }: ImageUnderTest, platform?: object, more: object = {}): Entry {
  const layer = { bytes: Buffer.from(`layer ${(count += 1)}`), mediaType: MEDIA_TYPE.layer };
  registry.putBlob(repository, layer.bytes);
  const bytes = manifestOf(EMPTY_CONFIG, [layer]);
  const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest);
  const entry = { mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length };
  return { ...entry, ...(platform === undefined ? {} : { platform }), ...more };
}

function sign({ registry, repository, sigstore }: ImageUnderTest, entry: Entry): Entry {
  const bundle = sigstore.signBundle({ statement: { imageDigest: entry.digest }, signer: KEY, logs: [] });
  const subject = { mediaType: MEDIA_TYPE.manifest, digest: entry.digest, size: Number(entry['size']) };
  pushManifest(registry, repository, bundleManifest(bundle, subject));
  return entry;
}

/** Puts an index, as text where JSON can't say it. */
function putIndex(
  { registry, repository }: ImageUnderTest,
  manifests: readonly object[] | string,
  platform?: object,
  tag?: string,
): Entry {
  const list = typeof manifests === 'string' ? manifests : `"manifests":${JSON.stringify(manifests)}`;
  const bytes = Buffer.from(`{"schemaVersion":2,"mediaType":"${MEDIA_TYPE.index}",${list}}`);
  const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.index, tag);
  const entry = { mediaType: MEDIA_TYPE.index, digest, size: bytes.length };
  return { ...entry, ...(platform === undefined ? {} : { platform }) };
}
