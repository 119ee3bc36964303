import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand, runPnpm } from './command.ts';
import { type PackageManifest, publishedPackages, root } from './workspace.ts';

/** A package as a user gets it: the file that `pnpm pack` wrote. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly tarball: string;
  /** The `package.json` inside the tarball: versions in place of `workspace:` and `catalog:`. */
  readonly manifest: PackageManifest;
}

/**
 * Builds and packs every published package into a folder. A fresh clone needs nothing else: `prepack` builds.
 *
 * @throws Error with pnpm's output if it fails
 */
export async function packPackages(folder: string): Promise<readonly PackedPackage[]> {
  await mkdir(folder, { recursive: true });
  const packed: PackedPackage[] = [];
  // One after another: each builds what it depends on, and two builds of one package would write the same files at once.
  for (const { directory, manifest } of publishedPackages()) {
    const tarball = join(folder, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`);
    const { ok, output } = await runPnpm(['pack', '--out', tarball], { cwd: directory });
    if (!ok) throw new Error(`pnpm can't pack ${manifest.name}:\n${output}`);
    packed.push({ name: manifest.name, version: manifest.version, tarball, manifest: await manifestIn(tarball) });
  }
  return packed;
}

/**
 * Makes a folder a project with the packed packages installed, without a network: each tarball is unpacked into one `node_modules`, beside
 * links to the third-party packages that the workspace has installed. The folder can't reach the workspace's own sources.
 * `alsoLinked` names packages that the workspace's root has installed and that programs in the folder import themselves.
 *
 * @throws Error if a tarball can't be unpacked
 */
export async function installUnpacked(
  folder: string,
  packed: readonly PackedPackage[],
  { alsoLinked = [] }: { readonly alsoLinked?: readonly string[] } = {},
): Promise<void> {
  const modules = join(folder, 'node_modules');
  const ours = new Set(packed.map(({ name }) => name));
  for (const { name, tarball, manifest } of packed) {
    const target = join(modules, name);
    await mkdir(target, { recursive: true });
    const unpacked = await runCommand('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
    if (!unpacked.ok) throw new Error(`tar can't unpack ${tarball}: ${unpacked.output}`);
    // Optional peers too: a user of the entry that needs one installs it.
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    for (const dependency of needed.filter((one) => !ours.has(one)))
      await linkFolder(join(directoryOf(name), 'node_modules', dependency), join(target, 'node_modules', dependency));
  }
  for (const name of alsoLinked) await linkFolder(join(root, 'node_modules', name), join(modules, name));
  const manifest = { name: 'consumer', private: true, type: 'module' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
}

/** Links a folder to the real path of another, and makes the folders above the link. */
export async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await symlink(await realpath(from), to, 'dir');
}

async function manifestIn(tarball: string): Promise<PackageManifest> {
  const { ok, output } = await runCommand('tar', ['-xzOf', tarball, 'package/package.json']);
  if (!ok) throw new Error(`tar can't read ${tarball}: ${output}`);
  return JSON.parse(output) as PackageManifest;
}

function directoryOf(name: string): string {
  const found = publishedPackages().find(({ manifest }) => manifest.name === name);
  if (found === undefined) throw new Error(`no published package is called ${name}`);
  return found.directory;
}
