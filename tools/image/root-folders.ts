import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleAdmission } from '../command-bundle.ts';
import { runCommand } from '../command.ts';
import type { BundledPackage } from '../third-party.ts';
import { root } from '../workspace.ts';
import { fetchInput, LIBRARIES, NODE } from './inputs.ts';

/** The id of the user that the process runs as; nothing in the image belongs to it. */
export const USER = 65_532;

/** Where the parts are inside the image. */
export const PATHS = { node: '/usr/bin/node', program: '/usr/lib/sigtrail/program.cjs' } as const;

/** Unpacks what Debian’s packages install, without what no program reads. Scanners find each package by its status file. */
export async function writeLibraries(folder: string): Promise<void> {
  for (const library of LIBRARIES) {
    const file = await fetchInput(library);
    await must('dpkg-deb', ['--extract', file, folder]);
    const documents = join(folder, 'usr/share/doc', library.name);
    // A link to the directory of another package of the same source, in Debian’s way.
    await must('find', [documents, '-type', 'f', '!', '-name', 'copyright', '-delete']);
    await writeText(join(folder, 'var/lib/dpkg/status.d', library.name), await must('dpkg-deb', ['--field', file]));
  }
  for (const unread of ['usr/share/lintian', 'usr/share/gcc', 'usr/share/gdb', 'usr/lib/x86_64-linux-gnu/gconv'])
    await rm(join(folder, unread), { recursive: true, force: true });
  await writeText(join(folder, 'etc/passwd'), `nonroot:x:${String(USER)}:${String(USER)}:nonroot:/:/sbin/nologin\n`);
  await writeText(join(folder, 'etc/group'), `nonroot:x:${String(USER)}:\n`);
  await writeText(join(folder, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

/** Unpacks Node: the program and its licence. */
export async function writeNode(folder: string): Promise<void> {
  const file = await fetchInput(NODE);
  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked, { recursive: true });
  await must('tar', ['-xzf', file, '-C', unpacked, 'package/bin/node', 'package/LICENSE']);
  for (const [from, to] of [
    ['bin/node', PATHS.node],
    ['LICENSE', '/usr/share/doc/node/LICENSE'],
  ] as const) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await cp(join(unpacked, 'package', from), join(folder, to));
  }
  await rm(unpacked, { recursive: true });
}

/** Builds the webhook as one file. @returns the third-party packages in it */
export async function writeProgram(folder: string): Promise<readonly BundledPackage[]> {
  const directory = dirname(join(folder, PATHS.program));
  const packages = await bundleAdmission(directory);
  await cp(join(root, 'LICENSE'), join(directory, 'LICENSE'));
  return packages;
}

async function writeText(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text.endsWith('\n') ? text : `${text}\n`);
}

async function must(program: string, args: readonly string[]): Promise<string> {
  const { ok, output } = await runCommand(program, args);
  if (!ok) throw new Error(`${program} ${args.join(' ')}: ${output}`);
  return output;
}
