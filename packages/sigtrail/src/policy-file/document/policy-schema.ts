import { CLAIM_KEYS } from '../../policy/parse-rule.ts';
import { SLSA_TEXTS } from '../../policy/slsa.ts';

const ref = (name: string): object => ({ $ref: `#/$defs/${name}` });
const strict = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const oneKey = (name: string, value: object): object => strict({ [name]: value }, [name]);
const listOrOne = (one: object): object => ({ anyOf: [one, { type: 'array', minItems: 1, items: one }] });
const text = { type: 'string', minLength: 1 } as const;
const count = { type: 'integer', minimum: 0, maximum: 32 } as const;

const common = {
  annotations: { type: 'object', additionalProperties: ref('matcher') },
  signedAfter: { type: 'string', format: 'date-time' },
  maxAge: { type: 'string', pattern: '^([0-9]{1,9}[smhdw])+$' },
  notOlderThan: { type: 'string', format: 'date-time' },
};
const ci = {
  ref: ref('text'),
  trigger: ref('matcher'),
  runner: ref('matcher'),
  sha: ref('matcher'),
  environment: ref('matcher'),
  visibility: ref('matcher'),
  issuer: ref('matcher'),
  ...common,
};
const settings = {
  require: strict({ log: count, sct: count, time: count, tsa: count }),
  acceptAttestationsAsSignature: { type: 'array', items: text },
  acceptAttestationManifestsAsSignature: { const: true },
};
const operators: Readonly<Record<string, object>> = {
  signedBy: ref('rules'),
  attested: strict(
    {
      type: text,
      signedBy: ref('rules'),
      predicate: { oneOf: [oneKey('slsa', ref('slsa')), oneKey('vsa', ref('vsa'))] },
    },
    ['type', 'signedBy'],
  ),
  atLeast: { type: 'integer', minimum: 1 },
  allOf: { type: 'array', minItems: 1, items: ref('policy') },
  anyOf: { type: 'array', minItems: 1, items: ref('policy') },
  not: ref('policy'),
  vex: strict(
    {
      signedBy: ref('rules'),
      refuse: {
        type: 'array',
        minItems: 1,
        items: { enum: ['not_affected', 'affected', 'fixed', 'under_investigation'] },
      },
      vulnerabilities: { type: 'array', items: text },
    },
    ['signedBy'],
  ),
  dangerouslyAcceptAnySigner: { const: true },
};

function operatorSchemas(extras: object): readonly object[] {
  return Object.entries(operators).map(([name, operand]) => {
    const ofMember = name === 'atLeast' ? { of: { type: 'array', minItems: 1, items: ref('rule') } } : {};
    return strict({ ...extras, [name]: operand, ...ofMember, ...settings }, [
      name,
      ...Object.keys(ofMember),
      ...('version' in extras ? ['version'] : []),
    ]);
  });
}

/** JSON Schema (2020-12) of policy files: for editors. `readPolicy` checks again, more closely. */
export const POLICY_SCHEMA: object = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://unpkg.com/sigtrail/policy.schema.json',
  title: 'Sigtrail image policy',
  oneOf: operatorSchemas({
    $schema: { type: 'string' },
    version: { const: 1 },
    legacyTimestamps: { enum: ['use', 'ignore', 'require'] },
    acceptTrustedRootInBundle: { const: true },
  }),
  $defs: {
    policy: { oneOf: operatorSchemas({}) },
    rules: listOrOne(ref('rule')),
    rule: {
      oneOf: [
        strict(
          {
            issuer: ref('matcher'),
            subject: ref('subject'),
            profile: { enum: ['fulcio', 'github'] },
            ...common,
            ...Object.fromEntries(CLAIM_KEYS.map((name) => [name, ref('matcher')])),
          },
          ['issuer', 'subject'],
        ),
        strict(
          {
            key: { type: ['string', 'object'] },
            validFrom: { type: 'string' },
            validUntil: { type: 'string' },
            ...common,
          },
          ['key'],
        ),
        strict({ keyFile: text, validFrom: { type: 'string' }, validUntil: { type: 'string' }, ...common }, [
          'keyFile',
        ]),
        strict({ profile: { const: 'pki' }, subject: ref('subject'), ...common }, ['profile', 'subject']),
        oneKey(
          'githubWorkflow',
          strict(
            {
              repository: text,
              workflow: text,
              signerWorkflow: text,
              host: { type: 'string', pattern: '^(github|[a-z0-9]([a-z0-9-]*[a-z0-9])?\\.ghe)\\.com$' },
              repositoryId: ref('matcher'),
              ownerId: ref('matcher'),
              ...ci,
            },
            ['repository'],
          ),
        ),
        oneKey(
          'githubRelease',
          strict(
            {
              repository: text,
              tag: text,
              repositoryId: { type: 'string', pattern: '^[0-9]{1,20}$' },
              ownerId: { type: 'string', pattern: '^[0-9]{1,20}$' },
            },
            ['repository', 'tag'],
          ),
        ),
        oneKey(
          'gitlabPipeline',
          strict(
            { project: text, file: text, projectId: ref('matcher'), namespaceId: ref('matcher'), host: text, ...ci },
            ['project'],
          ),
        ),
      ],
    },
    vsa: strict(
      {
        verifierId: ref('matcher'),
        resourceUri: ref('matcher'),
        levels: { type: 'array', items: text },
        policyUri: ref('matcher'),
      },
      ['verifierId'],
    ),
    text: { anyOf: [{ type: 'string' }, ...['glob', 're2', 're2Search'].map((kind) => oneKey(kind, text))] },
    matcher: listOrOne(ref('text')),
    subject: {
      anyOf: [ref('matcher'), ...['uri', 'email', 'dns', 'ip', 'userName'].map((kind) => oneKey(kind, ref('matcher')))],
    },
    slsa: strict(
      { ...Object.fromEntries(SLSA_TEXTS.map((name) => [name, ref('matcher')])), materials: listOrOne(ref('text')) },
      ['builderId'],
    ),
  },
};
