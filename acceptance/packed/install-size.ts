import { globSync, realpathSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackageManifest } from '../../tools/workspace.ts';

/** What an installation of one package contains, itself included. */
export interface InstallSize {
  readonly bytes: number;
  readonly files: number;
  readonly packages: number;
}

/** Adds up a package and everything it depends on, each once, as they lie in the `node_modules` of a folder. No network is asked. */
export function installSize(folder: string, name: string): InstallSize {
  const directories = new Set<string>();
  const walk = (from: string, dependency: string): void => {
    const directory = findPackage(from, dependency);
    if (directories.has(directory)) return;
    directories.add(directory);
    const { dependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as PackageManifest;
    for (const next of Object.keys(dependencies)) walk(directory, next);
  };
  walk(folder, name);
  const files = [...directories].flatMap((directory) =>
    globSync('**/*', { cwd: directory, exclude: (path) => path === 'node_modules' })
      .map((file) => statSync(join(directory, file)))
      .filter((file) => file.isFile()),
  );
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { bytes, files: files.length, packages: directories.size };
}

/** Looks in each `node_modules` on the way up, as Node does. @throws Error for a package that is not installed */
function findPackage(from: string, name: string): string {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    const path = join(at, 'node_modules', name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return realpathSync(path);
  }
  throw new Error(`${name} is not installed for ${from}`);
}
