import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pnpmCommand } from '../../tools/command.ts';
import { runProgram } from '../../tools/npm-project.ts';
import { linkFolder, type PackedPackage } from '../../tools/packed-packages.ts';
import { root } from '../../tools/workspace.ts';

/** The compilers and the declarations of Node, by the name under which the project installs them. */
export const COMPILERS: Readonly<Record<string, string>> = { 'ts-5.6': '5.6.3', 'ts-5.9': '5.9.3', 'ts-7.0': '7.0.2' };
export const DECLARATIONS: Readonly<Record<string, string>> = {
  'node-22': '22.20.7',
  'node-24': '24.19.4',
  'node-26': '26.6.7',
};
const RESOLUTIONS = ['nodenext', 'bundler'] as const;

/** One way to compile. */
export interface TypesCase {
  readonly compiler: string;
  readonly declarations: string;
  readonly moduleResolution: (typeof RESOLUTIONS)[number];
  readonly exactOptionalPropertyTypes: boolean;
}

/** All of them. */
export const TYPES: readonly TypesCase[] = Object.keys(COMPILERS).flatMap((compiler) =>
  Object.keys(DECLARATIONS).flatMap((declarations) =>
    RESOLUTIONS.flatMap((moduleResolution) =>
      [true, false].map((exactOptionalPropertyTypes) => ({
        compiler,
        declarations,
        moduleResolution,
        exactOptionalPropertyTypes,
      })),
    ),
  ),
);

/** A way through all values of each: oldest with oldest, newest with newest. */
export const SAMPLE: readonly TypesCase[] = [TYPES[0], TYPES[TYPES.length - 1]].filter((one) => one !== undefined);

/**
 * Installs a user's project by pnpm, where each package sees only what it declares, and writes the programs: the ten tasks, and one that must not
 * compile, because a type that turned into `any` would let it.
 */
export async function installTypesProject(folder: string, packed: readonly PackedPackage[]): Promise<void> {
  const tarballs = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const aliases = [
    ...Object.entries(COMPILERS).map(([name, version]) => [name, `npm:typescript@${version}`] as const),
    ...Object.entries(DECLARATIONS).map(([name, version]) => [name, `npm:@types/node@${version}`] as const),
  ];
  const dependencies = { sigtrail: tarballs['sigtrail'], ...Object.fromEntries<string>(aliases) };
  const manifest = { private: true, type: 'module', dependencies };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  // What depends on a package of ours finds the tarball, too.
  await writeFile(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ packages: ['.'], overrides: tarballs }));
  await cp(join(root, 'tools', 'consumer.ts'), join(folder, 'consumer.ts'));
  await writeFile(join(folder, 'refused.ts'), REFUSED);
  const [program, ...args] = pnpmCommand();
  const { status, stdout, stderr } = await runProgram(program, [...args, 'install', '--ignore-scripts'], {
    cwd: folder,
  });
  if (status !== 0) throw new Error(`pnpm can't install the project:\n${stdout}${stderr}`);
  // The compilers look for `@types/node` in a folder of types, and for what it needs beside where it really is.
  for (const name of Object.keys(DECLARATIONS))
    await linkFolder(join(folder, 'node_modules', name), join(folder, 'types', name, 'node'));
}

const REFUSED = `
import type { KeyInput, SignerRule } from 'sigtrail';
// @ts-expect-error a number is no key
export const key: KeyInput = 42;
// @ts-expect-error a date is no key
export const rule: SignerRule = { key: new Date() };
`;

/** Compiles the programs with declarations. Resolves to what the compiler complains of. */
export async function compile(folder: string, one: TypesCase): Promise<readonly string[]> {
  const name = Object.values(one).join('-');
  const { version } = JSON.parse(
    await readFile(join(folder, 'node_modules', one.compiler, 'package.json'), 'utf8'),
  ) as { readonly version: string };
  if (version !== COMPILERS[one.compiler]) throw new Error(`${one.compiler} is TypeScript ${version}`);
  const config = {
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      module: one.moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
      moduleResolution: one.moduleResolution,
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: one.exactOptionalPropertyTypes,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: join('out', name),
      rootDir: '.',
      types: ['node'],
      typeRoots: [join('types', one.declarations)],
    },
    files: ['consumer.ts', 'refused.ts'],
  };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(config));
  const compiler = join(folder, 'node_modules', one.compiler, 'bin', 'tsc');
  const { status, stdout, stderr } = await runProgram('node', [compiler, '-p', `${name}.json`], { cwd: folder });
  const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  return status === 0 ? [] : complaints.slice(0, 20);
}
