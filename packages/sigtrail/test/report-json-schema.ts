import * as z from 'zod';
import { reportDefinitions, ReportSchema } from '../src/report/report-schema.ts';

/**
 * The JSON Schema of a report, as `sigtrail/report.schema.json` has it. It is open: a later version of this package may say more in a report, and a reader must
 * not refuse it for that.
 */
export function reportJsonSchema(): Readonly<Record<string, unknown>> {
  const names = z.registry<{ readonly id: string }>();
  for (const [id, schema] of Object.entries(reportDefinitions())) names.add(schema, { id });
  const { $schema, ...schema } = z.toJSONSchema(ReportSchema, {
    io: 'input',
    metadata: names,
    override: ({ jsonSchema }) => {
      // The first of at least one has the schema of all: `minItems` says the rest, and the standard has no empty `prefixItems`.
      delete jsonSchema.prefixItems;
      // The types of constants follow from the constants.
      if (jsonSchema.const !== undefined || jsonSchema.enum !== undefined) delete jsonSchema.type;
      delete jsonSchema.id;
    },
  });
  return {
    $schema,
    $id: 'https://unpkg.com/sigtrail/report.schema.json',
    title: 'Sigtrail report',
    ...schema,
  };
}
