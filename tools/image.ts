/** `pnpm -s run image FOLDER`: builds the container image of the webhook as an OCI layout, with its SBOM beside it. */
import { resolve } from 'node:path';
import { buildImage } from './image/build-image.ts';

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || more.length > 0) {
  console.error('usage: pnpm -s run image FOLDER');
  process.exitCode = 2;
} else {
  const { layout, billOfMaterials, digest } = await buildImage(resolve(folder));
  console.log(`${layout}\n${billOfMaterials}\n${digest}`);
}
