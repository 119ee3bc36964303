import { existsSync, globSync, readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundledCommands } from './boundaries.ts';
import { type CommandResult, runCommand, runPnpm } from './command.ts';
import { blockFile, blockModule, docBlocks } from './doc-blocks.ts';
import { installUnpacked, linkFolder } from './packed-packages.ts';
import type { Step } from './step.ts';
import { publishedPackages, root, type WorkspacePackage } from './workspace.ts';

/**
 * The steps that check the tarballs instead of the tree, because users install what `pnpm pack` wrote.
 * `temporary` is an empty directory that the caller removes afterwards.
 */
export function packSteps(temporary: string): readonly Step[] {
  const packages = publishedPackages();
  const tarball = ({ folder }: WorkspacePackage): string => join(temporary, `${folder}.tgz`);
  const pack = packages.map((one): Step => {
    const name = packStepName(one);
    return { name, after: ['build'], run: () => checkTarball(one, tarball(one)) };
  });
  const consumer = join(temporary, 'consumer');
  const packed = ['build', ...packages.map(packStepName)];
  return [
    ...pack,
    { name: 'tarballs import', after: packed, run: () => importTarballs(packages, tarball, consumer) },
    { name: 'tarballs typecheck docs and examples', after: ['tarballs import'], run: () => typecheckDocs(consumer) },
  ];
}

/** Run in the consumer's folder with the entry points as arguments. */
const importAll = `
for (const entry of process.argv.slice(2)) {
  try {
    const names = Object.keys(await import(entry, entry.endsWith('.json') ? { with: { type: 'json' } } : {}));
    if (names.length === 0) throw new Error('exports nothing');
  } catch (error) {
    process.exitCode = 1;
    console.log(entry + ': ' + error.stack);
  }
}
`;

const packStepName = ({ manifest }: WorkspacePackage): string => `pack ${manifest.name}`;

/** Packs one package, then checks the file with publint, attw and our own rules. */
async function checkTarball(one: WorkspacePackage, tarball: string): Promise<CommandResult> {
  const packed = await runPnpm(['pack', '--out', tarball], { cwd: one.directory });
  if (!packed.ok) return packed;
  return firstFailure([
    () => checkContents(one, tarball),
    () => runCommand('publint', ['run', tarball, '--strict', '--level', 'warning']),
    ...(bundledCommands.includes(one.manifest.name) ? [] : [() => checkTypes(tarball)]),
  ]);
}

const checkTypes = (tarball: string): Promise<CommandResult> =>
  runCommand('attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji', '--no-color']);

const BUNDLE_FILES = ['bundle/sigtrail.cjs', 'bundle/program.cjs', 'bundle/LICENSES.txt'];

/** A tarball holds imported files, published JSON Schemas and the licence. It holds no sources, no tests, no build state, and no output of deleted sources. */
async function checkContents({ directory, manifest }: WorkspacePackage, tarball: string): Promise<CommandResult> {
  const isBundled = bundledCommands.includes(manifest.name);
  const listed = await runCommand('tar', ['-tzf', tarball]);
  if (!listed.ok) return listed;
  const names = listed.output.split('\n').map((name) => name.replace(/^package\//, ''));
  const strange = names.filter(
    (name) =>
      (!/^(package\.json|README\.md|CHANGELOG\.md|LICENSE|[a-z-]+\.schema\.json|dist\/.+\.(js|d\.ts|json))$/.test(
        name,
      ) &&
        !(isBundled && BUNDLE_FILES.includes(name))) ||
      /\.test\.|\.test-d\.|\/fixtures\//.test(name),
  );
  const sourceOf = (name: string): string => name.replace(/^dist/, 'src').replace(/(\.d)?\.ts$|\.js$/, '.ts');
  const stale = names.filter((name) => /^dist\/.+\.[jt]s$/.test(name) && !existsSync(join(directory, sourceOf(name))));
  const expected = ['package.json', 'LICENSE', ...(isBundled ? BUNDLE_FILES : ['dist/index.js', 'dist/index.d.ts'])];
  const missing = expected.filter((name) => !names.includes(name));
  const complaints = [
    ...strange.map((name) => `does not belong into a tarball: ${name}`),
    ...stale.map((name) => `built from a source that is gone: ${name}`),
    ...missing.map((name) => `missing from the tarball: ${name}`),
  ];
  return { ok: complaints.length === 0, output: complaints.join('\n') };
}

/** Imports each entry point and runs each program's `--help`, in a folder that can't reach the workspace's own sources. */
async function importTarballs(
  packages: readonly WorkspacePackage[],
  tarball: (one: WorkspacePackage) => string,
  consumer: string,
): Promise<CommandResult> {
  const packed = packages.map((one) => ({ ...one.manifest, manifest: one.manifest, tarball: tarball(one) }));
  await installUnpacked(consumer, packed);
  const entries = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.publishConfig?.exports ?? {}).map((path) => manifest.name + path.slice(1)),
  );
  await writeFile(join(consumer, 'import-all.js'), importAll);
  return firstFailure([
    () => runCommand('node', ['import-all.js', ...entries], { cwd: consumer }),
    ...packages.flatMap(({ manifest }) =>
      Object.values(manifest.bin ?? {}).map((path) => {
        const program = join('node_modules', manifest.name, path);
        return () => runCommand('node', [program, '--help'], { cwd: consumer });
      }),
    ),
  ]);
}

/**
 * Typechecks, as a user would, every block of every page, all examples, and a program that passes on the results of each entry: against the
 * tarballs' declarations, without the source condition, with libraries checked, and with the oldest and the newest declarations of Node. Then runs the
 * blocks that are marked to be run.
 */
async function typecheckDocs(consumer: string): Promise<CommandResult> {
  for (const [from, to] of [
    ['node_modules/@types/node', 'node_modules/@types/node'],
    ['node_modules/@types/node-26', 'node-26/@types/node'],
    ['packages/sigtrail/node_modules/zod', 'node_modules/zod'],
    ['examples/node_modules/fastify', 'node_modules/fastify'],
    ['examples/node_modules/@sigstore/bundle', 'node_modules/@sigstore/bundle'],
    ...OPENTELEMETRY.map((name) => [`examples/node_modules/${name}`, `node_modules/${name}`] as const),
    ['node_modules/vitest', 'node_modules/vitest'],
  ] as const)
    await linkFolder(join(root, from), join(consumer, to));
  // The declarations of Express and Hono need a DOM and packages that our users may not have; `tsconfig.test.json` checks those two programs.
  const isLeftOut = (name: string): boolean => name.endsWith('.test.ts') || /^(?:express|hono)-/.test(name);
  const examples = globSync('*.ts', { cwd: join(root, 'examples') }).filter((name) => !isLeftOut(name));
  for (const name of examples) await cp(join(root, 'examples', name), join(consumer, name));
  await cp(join(root, 'tools', 'consumer.ts'), join(consumer, 'consumer.ts'));
  const blocks = docBlocks();
  for (const block of blocks) await writeFile(join(consumer, blockFile(block)), blockModule(block));
  const base = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')) as {
    compilerOptions: Record<string, unknown>;
  };
  const { target, lib, module, moduleResolution, strict, exactOptionalPropertyTypes, types } = base.compilerOptions;
  const shared = { target, lib, module, moduleResolution, strict, exactOptionalPropertyTypes, types };
  const compilerOptions = {
    ...shared,
    skipLibCheck: false,
    declaration: true,
    rootDir: '.',
    outDir: 'out',
    rewriteRelativeImportExtensions: true,
  };
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const check = (...more: readonly string[]): Promise<CommandResult> =>
    runCommand('tsc', ['-p', join(consumer, 'tsconfig.json'), ...more]);
  return firstFailure([
    () => check(),
    () => check('--noEmit', '--typeRoots', join(consumer, 'node-26', '@types')),
    ...blocks
      .filter(({ runs }) => runs)
      .map(
        (block) => () => runCommand('node', [join('out', blockFile(block).replace(/ts$/, 'js'))], { cwd: consumer }),
      ),
  ]);
}

/** Packages that a program which exports spans installs itself. */
const OPENTELEMETRY = ['@opentelemetry/api', '@opentelemetry/context-async-hooks', '@opentelemetry/sdk-trace'];

async function firstFailure(checks: readonly (() => Promise<CommandResult>)[]): Promise<CommandResult> {
  for (const check of checks) {
    const result = await check();
    if (!result.ok) return result;
  }
  return { ok: true, output: '' };
}
