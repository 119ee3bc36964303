/** `pnpm -s run schemas`: writes the JSON Schemas that the packages publish. Tests compare the committed files with what this gives. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY_MAP_SCHEMA } from '@sigtrail/gate';
import { POLICY_SCHEMA } from '../packages/sigtrail/src/policy-file/document/policy-schema.ts';
import { reportJsonSchema } from '../packages/sigtrail/test/report-json-schema.ts';
import { runCommand } from './command.ts';
import { root } from './workspace.ts';

const files = {
  'packages/sigtrail/policy.schema.json': POLICY_SCHEMA,
  'packages/sigtrail/report.schema.json': reportJsonSchema(),
  'packages/gate/policy-map.schema.json': POLICY_MAP_SCHEMA,
};
const paths = Object.entries(files).map(([name, schema]) => {
  const path = join(root, name);
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
  return path;
});
const formatted = await runCommand('biome', ['format', '--write', ...paths]);
if (!formatted.ok) throw new Error(formatted.output);
