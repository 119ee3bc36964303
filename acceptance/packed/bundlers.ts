import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Run, runProgram } from '../../tools/npm-project.ts';

/** The bundlers, each at one version. */
export const BUNDLERS: Readonly<Record<string, string>> = {
  '@rollup/plugin-commonjs': '29.0.3',
  '@rollup/plugin-json': '6.1.0',
  '@rollup/plugin-node-resolve': '16.0.3',
  '@vercel/ncc': '0.45.0',
  esbuild: '0.28.2',
  rolldown: '1.3.3',
  rollup: '4.68.8',
  webpack: '5.113.0',
};

/** What is bundled. */
export interface BundleInput {
  /** The folder whose `node_modules` has the bundlers. */
  readonly tools: string;
  /** The folder with the program and the packages. */
  readonly source: string;
  readonly file: string;
  readonly out: string;
  /** A module that is left out of the bundle. */
  readonly without: string | undefined;
}

/** One bundler in one format. */
export interface BundleCase {
  readonly name: string;
  readonly tool: string;
  readonly format: 'esm' | 'cjs';
  bundle(input: BundleInput): Promise<Run>;
  /** The bundle's name in `out`. */
  output(file: string): string;
}

const bin = ({ tools }: BundleInput, name: string): string => join(tools, 'node_modules', '.bin', name);
const renamed = (ending: string) => (file: string) => file.replace(/\.js$/, ending);
const tool = (name: string): string => `${name} ${BUNDLERS[name]}`;

function esbuild(name: string, format: 'esm' | 'cjs', ...more: readonly string[]): BundleCase {
  const ending = format === 'esm' ? '.mjs' : '.cjs';
  return {
    name,
    tool: tool('esbuild'),
    format,
    bundle: (input) => {
      const without = input.without === undefined ? [] : [`--external:${input.without}`];
      const to = [`--outdir=${input.out}`, `--out-extension:.js=${ending}`];
      const args = [input.file, '--bundle', '--platform=node', `--format=${format}`, ...to, ...without, ...more];
      return runProgram(bin(input, 'esbuild'), args, { cwd: input.source });
    },
    output: renamed(ending),
  };
}

function rolldown(format: 'esm' | 'cjs'): BundleCase {
  return {
    name: `rolldown, ${format}`,
    tool: tool('rolldown'),
    format,
    bundle: async (input) => {
      await writeFile(
        join(input.out, 'package.json'),
        JSON.stringify({ type: format === 'esm' ? 'module' : 'commonjs' }),
      );
      const args = [input.file, '--platform', 'node', '--format', format, '--dir', input.out];
      return runProgram(bin(input, 'rolldown'), args, { cwd: input.source });
    },
    output: (file) => file,
  };
}

/** For bundlers whose settings are a program: it is written beside them, where it finds its plugins. */
async function byProgram(input: BundleInput, name: string, text: string): Promise<Run> {
  const file = join(input.tools, name);
  await writeFile(file, text);
  return runProgram('node', [file, join(input.source, input.file), input.out], { cwd: input.source });
}

function rollup(format: 'esm' | 'cjs'): BundleCase {
  const ending = format === 'esm' ? 'mjs' : 'cjs';
  const text = `
import { builtinModules } from 'node:module';
import { rollup } from 'rollup';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import resolve from '@rollup/plugin-node-resolve';
const [, , input, dir] = process.argv;
const plugins = [resolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()];
const bundle = await rollup({ input, plugins, external: [/^node:/, ...builtinModules], logLevel: 'silent' });
await bundle.write({ dir, format: '${format}', entryFileNames: '[name].${ending}', chunkFileNames: '[name]-[hash].${ending}' });
`;
  return {
    name: `rollup, ${format}`,
    tool: tool('rollup'),
    format,
    bundle: (input) => byProgram(input, `rollup-${format}.mjs`, text),
    output: renamed(`.${ending}`),
  };
}

function webpack(format: 'esm' | 'cjs'): BundleCase {
  const output =
    format === 'esm'
      ? "experiments: { outputModule: true }, output: { path, filename: '[name].mjs', chunkFilename: '[name].mjs', module: true, chunkFormat: 'module' }"
      : "output: { path, filename: '[name].cjs', chunkFilename: '[name].cjs' }";
  const text = `
import webpack from 'webpack';
const [, , input, path] = process.argv;
webpack({ entry: { verify: input }, mode: 'production', target: 'node', ${output} }, (error, stats) => {
  console.log(error ?? stats.toString({ preset: 'errors-only' }));
  process.exitCode = error || stats.hasErrors() ? 1 : 0;
});
`;
  return {
    name: `webpack, ${format}`,
    tool: tool('webpack'),
    format,
    bundle: (input) => byProgram(input, `webpack-${format}.mjs`, text),
    output: renamed(format === 'esm' ? '.mjs' : '.cjs'),
  };
}

const ncc: BundleCase = {
  name: 'ncc',
  tool: tool('@vercel/ncc'),
  format: 'esm',
  bundle: (input) => runProgram(bin(input, 'ncc'), ['build', input.file, '-o', input.out], { cwd: input.source }),
  output: () => 'index.js',
};

/** Every bundler in every format. */
export const BUNDLES: readonly BundleCase[] = [
  esbuild('esbuild, esm', 'esm'),
  esbuild('esbuild, esm, split into files', 'esm', '--splitting'),
  esbuild('esbuild, esm, minified', 'esm', '--minify'),
  esbuild('esbuild, cjs', 'cjs'),
  rolldown('esm'),
  rolldown('cjs'),
  rollup('esm'),
  rollup('cjs'),
  ncc,
  webpack('esm'),
  webpack('cjs'),
];

/** Those that the short run tries: the two formats that are hardest, and the quickest bundlers. */
export const SAMPLE: readonly string[] = ['esbuild, esm', 'esbuild, cjs', 'rolldown, esm'];
