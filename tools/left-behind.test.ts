import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { publishedPackages, root } from './workspace.ts';

/**
 * Imports every entry of the published packages in one process and prints what each leaves behind: new or replaced members of the objects that
 * a whole process shares, and listeners on the process.
 */
const program = `
const shared = { globalThis, process, Reflect, Object, Promise, Array, JSON, fs: (await import('node:fs')).default, crypto: (await import('node:crypto')).default, http: (await import('node:http')).default };
for (const name of ['Object', 'Promise', 'Array']) shared[name + '.prototype'] = shared[name].prototype;
const valueOf = (object, key) => { const { value, get } = Object.getOwnPropertyDescriptor(object, key); return value ?? get; };
const take = () => new Map(Object.entries(shared).map(([name, object]) => [name, new Map(Reflect.ownKeys(object).map((key) => [key, valueOf(object, key)]))]));
const before = take();
// zod keeps its settings and its registry there, so that two copies of it in one process agree. SECURITY.md says so.
const known = new Set(['__zod_globalConfig', '__zod_globalRegistry']);
const events = process.eventNames().join();
for (const name of process.argv.slice(1)) {
  await import(name);
  for (const [object, members] of take())
    for (const [key, value] of members)
      if (!known.has(key) && !before.get(object).has(key) || typeof value === 'function' && before.get(object).get(key) !== value) console.log(name + ': ' + object + '.' + String(key));
  if (process.eventNames().join() !== events) console.log(name + ': listens to ' + process.eventNames().join());
}
`;

const packages = publishedPackages()
  // The command owns its process, and the test kit mints certificates with a library that extends `Reflect`.
  .filter(({ manifest }) => !['@sigtrail/cli', '@sigtrail/testing'].includes(manifest.name))
  .map(({ manifest, directory }) => ({
    name: manifest.name,
    directory,
    entries: Object.keys(manifest.publishConfig?.exports ?? {})
      .filter((entry) => !entry.endsWith('.json'))
      .map((entry) => manifest.name + entry.slice(1)),
  }));

/** From a package's own folder, where its name leads to itself. */
const importAll = (directory: string, names: readonly string[]): string =>
  execFileSync(process.execPath, ['--conditions=@sigtrail/source', '--input-type=module', '-e', program, ...names], {
    cwd: directory,
    encoding: 'utf8',
  });

// BullMQ needs tslib, which makes its helpers global. SECURITY.md and docs/fleet.md say so.
const TSLIB = /^@sigtrail\/fleet(?:\/[a-z]+)?: globalThis\.__[a-z]+\n/gim;

test.each(packages)('importing any entry of $name leaves nothing behind in the process of its user', (one) => {
  expect(one.entries).toContain(one.name);
  expect(importAll(one.directory, one.entries).replaceAll(TSLIB, '')).toBe('');
});

test('sees what a module leaves behind', () => {
  const patch = 'data:text/javascript,Reflect.mark=()=>1;JSON.parse=()=>1;process.on("SIGTERM",()=>1);globalThis.x=1';
  expect(importAll(root, [patch]).split('\n')).toEqual([
    `${patch}: globalThis.x`,
    `${patch}: Reflect.mark`,
    `${patch}: JSON.parse`,
    `${patch}: listens to newListener,removeListener,warning,SIGTERM`,
    '',
  ]);
});
