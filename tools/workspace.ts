import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, without a trailing slash. */
export const root: string = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** The fields of a `package.json` that the repository's own checks read. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> };
}

/** One package of the workspace that is published. */
export interface WorkspacePackage {
  /** The folder's name under `packages/`. */
  readonly folder: string;
  readonly directory: string;
  readonly manifest: PackageManifest;
}

/** The published packages, by folder name. */
export function publishedPackages(): readonly WorkspacePackage[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .map((path) => {
      const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as PackageManifest;
      const directory = join(root, path, '..');
      return { folder: relative(join(root, 'packages'), directory), directory, manifest };
    })
    .filter(({ manifest }) => manifest.private !== true);
}
