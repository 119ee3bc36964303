/** `pnpm -s run tarballs FOLDER`: builds and packs every published package. */
import { resolve } from 'node:path';
import { packPackages } from './packed-packages.ts';

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || more.length > 0) {
  console.error('usage: pnpm -s run tarballs FOLDER');
  process.exitCode = 2;
} else for (const { tarball } of await packPackages(resolve(folder))) console.log(tarball);
