import { join } from 'node:path';
import type { CommandResult } from './command.ts';
import { createNpmProject } from './npm-project.ts';
import { startNpmRegistry } from './npm-registry.ts';
import type { PackedPackage } from './packed-packages.ts';
import { packPackages } from './packed-packages.ts';

/** Publishes tarballs to the registry of a project. @throws Error with what npm said */
export async function publishPackages(
  packed: readonly PackedPackage[],
  project: Awaited<ReturnType<typeof createNpmProject>>,
): Promise<void> {
  for (const { name, tarball } of packed) {
    // CI signs provenance, so the rehearsal leaves it out.
    const { status, stderr } = await project.run('npm', 'publish', tarball, '--provenance=false', '--access=public');
    if (status !== 0) throw new Error(`npm can't publish ${name}:\n${stderr}`);
  }
}

/** A release on loopback: packs everything, publishes it, and installs it again in an empty folder. */
export async function rehearseRelease(upstream: string, temporary: string): Promise<CommandResult> {
  const packed = await packPackages(join(temporary, 'tarballs'));
  await using registry = await startNpmRegistry(upstream);
  await using project = await createNpmProject(registry.url);
  await publishPackages(packed, project);
  const names = packed.map(({ name, version }) => `${name}@${version}`);
  const installed = await project.run('npm', 'install', ...names);
  if (installed.status !== 0)
    return { ok: false, output: `npm can't install what was published:\n${installed.stderr}` };
  const helped = await project.run('npx', '--no-install', 'sigtrail', '--help');
  return { ok: helped.status === 0, output: `published and installed ${names.join(', ')}\n${helped.stderr}`.trim() };
}
