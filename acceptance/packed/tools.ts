import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../tools/npm-project.ts';

/** Where the programs are that these suites run against: kept between runs, as `acceptance/real/install.sh` keeps its own. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sigtrail', 'npm');

/**
 * Installs third-party packages, with exact versions, into their own folder, once. Their install scripts don't run.
 *
 * @returns the folder, which has a `node_modules`
 */
export async function installTools(name: string, dependencies: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(CACHE, name);
  const manifest = JSON.stringify({ private: true, dependencies });
  const done = join(folder, 'installed.json');
  if ((await readFile(done, 'utf8').catch(() => '')) === manifest) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), manifest);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const { status, stderr } = await runProgram('npm', args, { cwd: folder });
  if (status !== 0) throw new Error(`npm can't install ${name}:\n${stderr}`);
  await writeFile(done, manifest);
  return folder;
}

/** The program of a version of Node, from the package that has nothing else in it. */
export async function installNode(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  return join(await installTools(`node-${version}`, { [name]: version }), 'node_modules', name, 'bin', 'node');
}
