import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A third-party package in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** From its `package.json`: `MIT`. */
  readonly licence: string;
  /** The texts that must stay with it: the licence and, if it has one, the notice. */
  readonly texts: readonly string[];
}

/** The packages that files belong to, each version once, in order. @throws Error for a package that states no licence */
export function bundledPackages(files: readonly string[]): readonly BundledPackage[] {
  const folders = new Set(files.flatMap((file) => folderOf(file) ?? []));
  return [...folders].map(readPackage).toSorted((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1));
}

/** The page that is published beside the bundle. */
export function licencesText(packages: readonly BundledPackage[]): string {
  const head = `program.cjs holds code of these packages, besides Sigtrail's own (Apache-2.0, see LICENSE):\n\n`;
  const list = packages.map((one) => `  ${titleOf(one)}  ${one.licence}\n`).join('');
  const texts = packages.map((one) => `\n${'-'.repeat(80)}\n${titleOf(one)}\n\n${one.texts.join('\n\n')}\n`);
  return head + list + texts.join('');
}

export function titleOf({ name, version }: Pick<BundledPackage, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

function folderOf(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  if (license === undefined) throw new Error(`${name} states no licence; it can't be part of the bundle`);
  const files = globSync('*', { cwd: folder }).filter((file) => /^(licen[cs]e|copying|notice)(\.|-|$)/i.test(file));
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // The text of Sigtrail's own licence is in the package already.
  if (texts.length === 0 && license === 'Apache-2.0')
    texts.push('The package has no licence file of its own: see LICENSE.');
  if (texts.length === 0) throw new Error(`${name} has no licence file; it can't be part of the bundle`);
  return { name, version, licence: license, texts };
}
