import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../command.ts';
import { publishedPackages } from '../workspace.ts';
import { billOfMaterials } from './bill-of-materials.ts';
import { writeBlob, writeLayer, writeLayoutIndex } from './layout.ts';
import { PATHS, USER, writeLibraries, writeNode, writeProgram } from './root-folders.ts';

/** An image of the webhook, as an OCI layout. */
export interface BuiltImage {
  readonly layout: string;
  readonly billOfMaterials: string;
  readonly digest: string;
}

/**
 * Builds the container image of the webhook for linux/amd64, without a daemon: Debian’s C libraries, Node, and the webhook as one file. The same commit gives the same bytes.
 * Writes `layout/` and `sbom.spdx.json` into a folder that is new or empty.
 *
 * @throws Error where an input can’t be fetched or has other bytes than its pin names
 */
export async function buildImage(folder: string): Promise<BuiltImage> {
  const layout = join(folder, 'layout');
  await mkdir(folder, { recursive: true });
  await mkdir(layout);
  const { revision, created } = await commit();
  const version = publishedPackages().find(({ folder: name }) => name === 'admission')?.manifest.version ?? '';
  const work = await mkdtemp(join(tmpdir(), 'sigtrail-image-'));
  try {
    const at = (name: string): string => join(work, name);
    await writeLibraries(at('libraries'));
    await writeNode(at('node'));
    const bundled = await writeProgram(at('program'));
    const bill = billOfMaterials(version, revision, created, bundled);
    await mkdir(at('program/usr/share/sigtrail'), { recursive: true });
    for (const file of [at('program/usr/share/sigtrail/sbom.spdx.json'), join(folder, 'sbom.spdx.json')])
      await writeFile(file, bill);
    const layers = [];
    for (const name of ['libraries', 'node', 'program']) layers.push(await writeLayer(layout, at(name)));
    const labels = {
      'org.opencontainers.image.title': 'sigtrail-admission',
      'org.opencontainers.image.description': 'A Kubernetes cluster asks it before an image may run',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.source': 'https://github.com/sigtrail/sigtrail',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': revision,
      'org.opencontainers.image.created': created,
    };
    const config = await writeBlob(
      layout,
      'application/vnd.oci.image.config.v1+json',
      toJson({
        created,
        architecture: 'amd64',
        os: 'linux',
        config: {
          User: `${String(USER)}:${String(USER)}`,
          ExposedPorts: { '8443/tcp': {} },
          Env: [`PATH=${dirname(PATHS.node)}`],
          Entrypoint: [PATHS.node, PATHS.program],
          WorkingDir: '/',
          Labels: labels,
        },
        rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
        history: ['C libraries of Debian 12', 'Node', 'sigtrail-admission'].map((what) => ({
          created,
          created_by: what,
        })),
      }),
    );
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = {
      schemaVersion: 2,
      mediaType,
      config,
      layers: layers.map(({ blob }) => blob),
      annotations: labels,
    };
    const image = await writeBlob(layout, mediaType, toJson(manifest));
    await writeLayoutIndex(layout, image, version);
    return { layout, billOfMaterials: join(folder, 'sbom.spdx.json'), digest: image.digest };
  } finally {
    await rm(work, { recursive: true });
  }
}

/** The commit that is built, and when it was made: the only time in the image. */
async function commit(): Promise<{ readonly revision: string; readonly created: string }> {
  const { ok, output } = await runCommand('git', ['log', '-1', '--format=%H %ct']);
  const [revision = '', seconds = ''] = output.split(' ');
  if (!ok || !/^[0-9a-f]{40,64}$/.test(revision)) throw new Error(`git names no commit: ${output}`);
  return { revision, created: new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z') };
}

function toJson(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
