import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { leafImports } from './leaf-imports.ts';
import { type BundledPackage, bundledPackages, licencesText } from './third-party.ts';
import { undiciAgents } from './undici-agents.ts';
import { root } from './workspace.ts';

/** Packages that the command loads if they are installed beside it: never part of the bundle. */
export const OPTIONAL_PACKAGES: readonly string[] = ['@sigtrail/gate', '@sigtrail/fleet', '@sigtrail/admission'];

/**
 * Writes the published command: the program as one file, a small file that starts it, and the licences of the bundled packages.
 * The same sources give the same bytes, in any folder.
 *
 * @returns the third-party packages in the program
 */
export async function bundleCommand(folder: string): Promise<readonly BundledPackage[]> {
  const sources = join(root, 'packages', 'cli', 'src');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const program = await build({
    ...SHARED,
    entryPoints: [join(sources, 'run.ts')],
    outfile: join(folder, PROGRAM),
    external: [...OPTIONAL_PACKAGES],
    metafile: true,
  });
  const start = join(folder, 'sigtrail.cjs');
  await build({
    ...SHARED,
    entryPoints: [join(sources, 'bin.ts')],
    outfile: start,
    // Any Node must be able to run as far as the line that names the supported versions.
    target: 'node14',
    plugins: [programBeside, leafImports],
    // The import of a CommonJS file would read all of it first, to list its names.
    supported: { 'dynamic-import': false },
  });
  await chmod(start, 0o755);
  const packages = bundledPackages(inputsOf(program.metafile));
  await writeFile(join(folder, 'LICENSES.txt'), licencesText(packages));
  return packages;
}

/**
 * Writes the Action as a runner starts it: one file, and the licences of the bundled packages. The same sources give the same bytes, in any folder.
 *
 * @returns the third-party packages in it
 */
export async function bundleAction(folder: string): Promise<readonly BundledPackage[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    ...SHARED,
    entryPoints: [join(root, 'action', 'src', 'main.ts')],
    outfile: join(folder, 'action.cjs'),
    target: 'node24',
    metafile: true,
  });
  const packages = bundledPackages(inputsOf(metafile));
  await writeFile(join(folder, 'LICENSES.txt'), licencesText(packages));
  return packages;
}

/**
 * Writes the webhook as its container image starts it: one file, and the licences of the bundled packages. The same sources give the same bytes, in any folder.
 *
 * @returns the third-party packages in it
 */
export async function bundleAdmission(folder: string): Promise<readonly BundledPackage[]> {
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    ...SHARED,
    // The image brings its own Node: its version need not be asked about first, as `bin.ts` does.
    stdin: {
      contents: "import { main } from './main.ts';\nvoid main(process.argv.slice(2));\n",
      resolveDir: join(root, 'packages', 'admission', 'src'),
      loader: 'ts',
    },
    outfile: join(folder, PROGRAM),
    target: 'node24',
    metafile: true,
  });
  const packages = bundledPackages(inputsOf(metafile));
  await writeFile(join(folder, 'LICENSES.txt'), licencesText(packages));
  return packages;
}

const PROGRAM = 'program.cjs';

const SHARED: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22',
  // CommonJS starts faster than a module, and gives undici the `require` that it asks for late.
  format: 'cjs',
  conditions: ['@sigtrail/source'],
  plugins: [undiciAgents, leafImports],
  minifySyntax: true,
  minifyWhitespace: true,
  // Stack traces and the names of classes stay readable.
  minifyIdentifiers: false,
  legalComments: 'none',
  logLevel: 'warning',
};

const programBeside = {
  name: 'program-beside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/run\.ts$/ }, () => ({ path: `./${PROGRAM}`, external: true }));
  },
} satisfies NonNullable<BuildOptions['plugins']>[number];

/** The files that left bytes in the output. */
function inputsOf({ outputs }: Metafile): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && !path.startsWith('undici-agents:'))
    .map(([path]) => join(root, path));
}
