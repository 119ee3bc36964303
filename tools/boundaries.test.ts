import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { arrows, bundledCommands, environmentReaders, optionalPeers, runtimeDependencies } from './boundaries.ts';
import { importedNames, packageOf, type SourceFile, sourceFiles, withoutComments } from './source-file.ts';
import { publishedPackages, root, type WorkspacePackage } from './workspace.ts';

const packages = publishedPackages();
const names = packages.map(({ manifest }) => manifest.name);
const filesOf = ({ folder }: WorkspacePackage): readonly SourceFile[] =>
  sourceFiles(`packages/${folder}/{src,test}/**/*.ts`);
const shippedFilesOf = (one: WorkspacePackage): readonly SourceFile[] => filesOf(one).filter(({ isTest }) => !isTest);
const isRelative = (name: string): boolean => name.startsWith('.');

/** `file → name` for every import that is refused, so that a failure says where to look. */
function refusedImports(files: readonly SourceFile[], allows: (name: string) => boolean): readonly string[] {
  return files.flatMap(({ path, text }) =>
    importedNames(text)
      .filter((name) => !isRelative(name) && !allows(name))
      .map((name) => `${path} → ${name}`),
  );
}

test('every published package has its arrows and its dependency list, and no list names a package that is gone', () => {
  expect(Object.keys(arrows).toSorted()).toEqual(names.toSorted());
  expect(Object.keys(runtimeDependencies).toSorted()).toEqual(names.toSorted());
});

test('nothing that is published imports the test kit, and the arrows make no circle', () => {
  const reaches = (from: string, to: string): boolean =>
    (arrows[from] ?? []).some((next) => next === to || reaches(next, to));
  expect(names.filter((name) => reaches(name, name))).toEqual([]);
  expect(names.filter((name) => reaches(name, '@sigtrail/testing'))).toEqual([]);
});

describe.each(packages)('$manifest.name', (one) => {
  const { name, devDependencies = {} } = one.manifest;
  const { '@sigtrail/testing': _, ...carried } = devDependencies;
  const isBundled = bundledCommands.includes(name);
  const dependencies = isBundled ? carried : (one.manifest.dependencies ?? {});
  const allowedOurs = arrows[name] ?? [];
  const allowedTheirs = Object.keys(runtimeDependencies[name] ?? {});
  const allowedPeers = Object.keys(optionalPeers[name] ?? {});

  test('has sources to look at', () => {
    expect(shippedFilesOf(one).length).toBeGreaterThan(0);
  });

  test('declares no run-time dependency that is not on its list, and its list has no dead entry', () => {
    const declared = Object.keys(dependencies);
    expect(declared.filter((dependency) => names.includes(dependency) && !allowedOurs.includes(dependency))).toEqual(
      [],
    );
    expect(declared.filter((dependency) => !names.includes(dependency)).toSorted()).toEqual(allowedTheirs.toSorted());
  });

  test('imports in its shipped sources only node: modules and what its lists allow', () => {
    const allows = (module: string): boolean =>
      module.startsWith('node:') || [...allowedOurs, ...allowedTheirs, ...allowedPeers].includes(packageOf(module));
    expect(refusedImports(shippedFilesOf(one), allows)).toEqual([]);
  });

  test('asks its users for no package but the optional peers on its list', () => {
    const { peerDependencies = {}, peerDependenciesMeta = {} } = one.manifest;
    const peers = Object.keys(peerDependencies).filter((peer) => !names.includes(peer));
    expect(peers.toSorted()).toEqual(allowedPeers.toSorted());
    expect(peers.filter((peer) => peerDependenciesMeta[peer]?.optional !== true)).toEqual([]);
  });

  test('imports in its tests only what it declares, itself and the test tools', () => {
    const tools = ['vitest', 'fast-check', name, ...Object.keys(dependencies), ...Object.keys(devDependencies)];
    const allows = (module: string): boolean => module.startsWith('node:') || tools.includes(packageOf(module));
    expect(refusedImports(filesOf(one), allows)).toEqual([]);
  });

  test('reaches other packages by name, never by a path: shipped sources stay in src/, tests in the package', () => {
    const home = (isTest: boolean): string => `packages/${one.folder}/${isTest ? '' : 'src/'}`;
    const leaving = filesOf(one).flatMap(({ path, text, isTest }) =>
      importedNames(text)
        .filter((module) => isRelative(module) && !normalize(join(dirname(path), module)).startsWith(home(isTest)))
        .map((module) => `${path} → ${module}`),
    );
    expect(leaving).toEqual([]);
  });

  test('builds after exactly the packages that it depends on', () => {
    const { references } = JSON.parse(withoutComments(readFileSync(join(one.directory, 'tsconfig.json'), 'utf8'))) as {
      references: readonly { path: string }[];
    };
    const folderOf = (dependency: string): string =>
      packages.find(({ manifest }) => manifest.name === dependency)?.folder ?? '';
    const expected = Object.keys(dependencies).filter((dependency) => names.includes(dependency));
    expect(references.map(({ path }) => path.replace('../', '')).toSorted()).toEqual(expected.map(folderOf).toSorted());
  });

  test('names every export: no `export *`', () => {
    expect(placesOf(shippedFilesOf(one), /\bexport\s*\*/)).toEqual([]);
  });
});

test.each(bundledCommands)('%s has npm install nothing beside it', (command) => {
  const found = packages.find(({ manifest }) => manifest.name === command);
  expect(Object.keys(found?.manifest.dependencies ?? {})).toEqual([]);
});

describe('libraries', () => {
  // A package that is a library and a command has its command in these two files, and nothing imports them.
  const isCommand = /^packages\/admission\/src\/(?:bin|main)\.ts$/;
  const libraries = packages
    .filter(({ manifest }) => manifest.name !== '@sigtrail/cli')
    .flatMap(shippedFilesOf)
    .filter(({ path }) => !isCommand.test(path));

  test('write nothing to the console or the standard streams', () => {
    expect(placesOf(libraries, /\bconsole\s*[.[]|\bprocess\.(stdout|stderr|stdin|emitWarning)\b/)).toEqual([]);
  });

  test('never end the process of their user, nor read its arguments', () => {
    expect(placesOf(libraries, /\bprocess\.(exit|exitCode|abort|kill|argv|chdir|on)\b/)).toEqual([]);
  });

  test('read the environment only in the files named for it, and each of those does', () => {
    const readers = libraries.filter(({ text }) =>
      /\bprocess\.env\b|\benv\b[^;]*from 'node:process'/.test(withoutComments(text)),
    );
    expect(readers.map(({ path }) => path)).toEqual(Object.keys(environmentReaders).toSorted());
  });
});

test('the claims entry for the hot path doesn’t load an X.509 library, directly or through a neighbour', () => {
  const seen = new Set<string>();
  const modules = new Set<string>();
  const walk = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const module of importedNames(readFileSync(join(root, path), 'utf8'))) {
      if (isRelative(module)) walk(normalize(join(dirname(path), module)));
      else modules.add(packageOf(module));
    }
  };
  walk('packages/fulcio-claims/src/extensions.ts');
  expect([...modules]).not.toContain('@peculiar/x509');
  expect([...modules]).not.toContain('reflect-metadata');
});

test('examples import published packages by name, and nothing of their insides', () => {
  const leaving = sourceFiles('examples/**/*.ts').flatMap(({ path, text }) =>
    importedNames(text)
      .filter((module) =>
        isRelative(module)
          ? !normalize(join(dirname(path), module)).startsWith('examples/')
          : /\/(src|dist)\//.test(module),
      )
      .map((module) => `${path} → ${module}`),
  );
  expect(leaving).toEqual([]);
});

test('built-in modules are imported with their node: prefix', () => {
  const bare = sourceFiles(
    '{packages/*/src,packages/*/test,examples,tools,bench,acceptance,action/src}/**/*.ts',
  ).flatMap(({ path, text }) =>
    importedNames(text)
      .filter((module) => !module.startsWith('node:') && isBuiltin(module))
      .map((module) => `${path} → ${module}`),
  );
  expect(bare).toEqual([]);
});

/** `file:line` of every match in code, comments left out. */
function placesOf(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    withoutComments(text)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}
