import { POLICY_SCHEMA } from 'sigtrail/policy-file';

const ref = (name: string): object => ({ $ref: `#/$defs/${name}` });
const strict = (properties: object, required: readonly string[]): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const text = { type: 'string', minLength: 1 } as const;
const pattern = { ...text, maxLength: 512, pattern: '^[!-~]+$' } as const;
const match = { anyOf: [pattern, { type: 'array', minItems: 1, items: pattern }] };
const policy = { anyOf: [strict({ file: text }, ['file']), ref('policy'), ref('versionedPolicy')] };

/** JSON Schema (2020-12) of policy maps: for editors. What it accepts is checked again, more closely, by `parsePolicyMap`. */
export const POLICY_MAP_SCHEMA: object = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://unpkg.com/@sigtrail/gate/policy-map.schema.json',
  title: 'Sigtrail policy map',
  ...strict(
    {
      $schema: { type: 'string' },
      version: { const: 1 },
      policies: { type: 'object', additionalProperties: policy },
      images: {
        type: 'array',
        items: strict({ match, policy: { anyOf: [text, policy] }, mode: { enum: ['enforce', 'warn'] } }, [
          'match',
          'policy',
        ]),
      },
      exceptions: {
        type: 'array',
        items: strict(
          {
            match,
            reason: text,
            until: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?$' },
          },
          ['match', 'reason', 'until'],
        ),
      },
    },
    ['version', 'images'],
  ),
  $defs: {
    ...('$defs' in POLICY_SCHEMA && typeof POLICY_SCHEMA.$defs === 'object' ? POLICY_SCHEMA.$defs : {}),
    versionedPolicy: { oneOf: 'oneOf' in POLICY_SCHEMA ? POLICY_SCHEMA.oneOf : [] },
  },
};
