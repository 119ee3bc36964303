/** `pnpm -s run manifests`: writes the fields that all published packages share into their manifests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { manifestFields } from './manifest-fields.ts';
import { publishedPackages } from './workspace.ts';

const paths = publishedPackages().map(({ directory, folder }) => {
  const path = join(directory, 'package.json');
  const { name, version, description, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const fields = manifestFields(folder);
  const others = Object.fromEntries(Object.entries(rest).filter(([key]) => !(key in fields)));
  writeFileSync(path, JSON.stringify({ name, version, description, ...fields, ...others }, null, 2));
  return path;
});
const formatted = await runCommand('biome', ['format', '--write', ...paths]);
if (!formatted.ok) throw new Error(formatted.output);
