import { z } from 'zod';

/**
 * What the gate writes of SARIF 2.1.0 (OASIS Standard, 27 March 2020), strictly: a property that is not listed here is refused. Where GitHub’s code scanning
 * requires more than the standard does (its page “SARIF support for code scanning”), so does this.
 */

const text = z.string().min(1);

/** §3.12 multiformatMessageString; GitHub cuts descriptions off at 1024 characters. */
const Described = z.strictObject({ text: text.max(1024) });

/** §3.49 reportingDescriptor. GitHub requires the descriptions and the help. */
const Rule = z.strictObject({
  id: text,
  shortDescription: Described,
  fullDescription: Described,
  help: z.strictObject({ text }),
});

/** §3.30 region: lines and columns count from 1, offsets from 0; an end column lies behind the last character. GitHub requires the line. */
const Region = z
  .strictObject({
    startLine: z.int().min(1),
    startColumn: z.int().min(1).optional(),
    endLine: z.int().min(1).optional(),
    endColumn: z.int().min(1).optional(),
    charOffset: z.int().min(0).optional(),
    charLength: z.int().min(0).optional(),
  })
  .refine(({ startLine, endLine = startLine }) => endLine >= startLine, 'the region ends before it begins')
  .refine(
    ({ startLine, startColumn = 1, endLine = startLine, endColumn = startColumn }) =>
      endLine > startLine || endColumn >= startColumn,
    'the region ends before it begins',
  );

/** §3.4 artifactLocation: a URI reference (RFC 3986); GitHub wants it relative to the root of the repository. */
const Uri = z.string().regex(/^(?:[\w.~!$&'()*+,;=@/-]|%[\dA-F]{2})+$/);

/** §3.28 location, §3.29 physicalLocation, §3.33 logicalLocation. */
const Location = z.strictObject({
  physicalLocation: z.strictObject({ artifactLocation: z.strictObject({ uri: Uri }), region: Region }),
  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: text })).optional(),
});

/** §3.27 result, with a §3.11 message. */
const Result = z.strictObject({
  ruleId: text,
  ruleIndex: z.int().min(0),
  level: z.enum(['none', 'note', 'warning', 'error']),
  message: z.strictObject({ text }),
  locations: z.array(Location).min(1),
  partialFingerprints: z.record(text, text).optional(),
});

/** §3.14 run, with §3.18 tool, §3.19 toolComponent and §3.20 invocation. */
const Run = z
  .strictObject({
    tool: z.strictObject({
      driver: z.strictObject({ name: text, semanticVersion: text, rules: z.array(Rule) }),
    }),
    columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
    invocations: z
      .array(z.strictObject({ executionSuccessful: z.boolean(), endTimeUtc: z.iso.datetime().optional() }))
      .optional(),
    results: z.array(Result),
  })
  .refine(
    ({ tool, results }) => results.every(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex]?.id === ruleId),
    'the index of a rule leads to another rule',
  )
  .refine(
    ({ tool: { driver } }) => new Set(driver.rules.map(({ id }) => id)).size === driver.rules.length,
    'a rule stands twice',
  );

/** §3.13 sarifLog. */
export const SarifLog = z.strictObject({
  $schema: z.literal('https://json.schemastore.org/sarif-2.1.0.json'),
  version: z.literal('2.1.0'),
  runs: z.array(Run).min(1),
});
