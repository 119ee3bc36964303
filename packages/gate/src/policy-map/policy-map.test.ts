import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGateError } from '../error.ts';
import { comparePatterns, type ImagePattern, matchesName, overlap, parseImagePattern } from './image-pattern.ts';
import { lintPolicyMap } from './lint-policy-map.ts';
import { parsePolicyMap } from './parse-policy-map.ts';
import { POLICY_MAP_SCHEMA } from './policy-map-schema.ts';
import type { PolicyAnswer } from './policy-map.ts';

const now = new Date('2026-11-30T12:00:00Z');
const signer = (subject: string): string =>
  `{ signedBy: { issuer: https://accounts.google.com, subject: ${subject} } }`;
const rule = (match: string, subject: string, more = ''): string =>
  `  - match: ${match}\n    policy: ${signer(subject)}\n${more}`;
const mapOf = (...rules: readonly string[]) =>
  parsePolicyMap(`version: 1\nimages:\n${rules.join('')}`, { file: 'map.yaml' });
const decided = (answer: PolicyAnswer): string =>
  answer.decision === 'policy' ? answer.rule.pattern : answer.decision === 'refused' ? answer.code : answer.reason;

function pattern(text: string): ImagePattern {
  const parsed = parseImagePattern(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

describe('patterns', () => {
  it.each([
    ['docker.io/library/nginx', 'nginx', true],
    ['docker.io/nginx', 'nginx:1.27', true],
    ['index.docker.io/library/nginx', 'docker.io/nginx', true],
    ['docker.io/library/nginx', 'nginx/nginx', false],
    ['docker.io/library/*', 'nginx', true],
    ['docker.io/library/*', 'bitnami/nginx', false],
    ['ghcr.io/acme/*', 'ghcr.io/acme/app', true],
    ['ghcr.io/acme/*', 'ghcr.io/acme/app/web', false],
    ['ghcr.io/acme/**', 'ghcr.io/acme/app/web', true],
    ['ghcr.io/acme/**', 'ghcr.io/acme-evil/app', false],
    ['ghcr.io/acme/app-*', 'ghcr.io/acme/app-web', true],
    ['ghcr.io/acme/app-*', 'ghcr.io/acme/app', false],
    ['ghcr.io/*/app', 'ghcr.io/acme/app', true],
    ['ghcr.io/**/app', 'ghcr.io/acme/team/app', true],
    ['GHCR.io/acme/**', 'ghcr.io/acme/app', true],
    ['localhost:5000/**', 'localhost:5000/a/b', true],
    ['localhost:5000/**', 'localhost:5001/a/b', false],
    ['**', 'nginx', true],
  ])('%s and %s: %s', (source, reference, expected) => {
    const map = mapOf(rule(JSON.stringify(source), 'a@acme.test'));
    expect(map.policyFor(reference, now).decision).toBe(expected ? 'policy' : 'refused');
  });

  it.each([
    ['nginx', 'write docker.io/library/nginx'],
    ['acme/app', 'write docker.io/acme/app'],
    ['acme/*', 'write docker.io/acme/*'],
    ['ghcr.io/acme/app:1.4', 'names a tag'],
    ['ghcr.io/acme/app@sha256:00', 'names a digest'],
    ['ghcr.io/acme/a**', 'stands for whole steps'],
    ['ghcr.io/acme/[ab]', 'no wildcard here'],
    ['ghcr.io/acme/ab?', 'no wildcard here'],
    ['ghcr.io/Acme/*', 'lower-case'],
    ['*', 'has no repository'],
    ['https://ghcr.io/acme/*', 'host name|no repository has'],
  ])('refuses %s: %s', (source, why) => {
    expect(() => mapOf(rule(JSON.stringify(source), 'a@acme.test'))).toThrow(
      expect.objectContaining({ code: 'invalid-policy-map', message: expect.stringMatching(why) }),
    );
  });

  it('finds an overlap wherever a name fits both, and matches no name by two that have none', () => {
    const step = fc.constantFrom('a', 'ab', 'b', '*', 'a*', '*b', '**');
    const source = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => `r.io/${steps.join('/')}`);
    const name = fc
      .array(fc.constantFrom('a', 'ab', 'b', 'aab'), { minLength: 1, maxLength: 4 })
      .map((steps) => `r.io/${steps.join('/')}`);
    fc.assert(
      fc.property(source, source, name, (left, right, one) => {
        const [first, second] = [pattern(left), pattern(right)];
        if (matchesName(first, one) && matchesName(second, one)) expect(overlap(first, second)).toBe(true);
        expect(overlap(first, first)).toBe(true);
        expect(Math.sign(comparePatterns(first, second))).toBe(-Math.sign(comparePatterns(second, first)) + 0);
      }),
    );
  });

  it('stays quick for patterns that are made to be slow', () => {
    const hostile = pattern(`r.io/${'*a'.repeat(200)}`);
    expect(matchesName(hostile, `r.io/${'a'.repeat(250)}b`)).toBe(false);
    expect(overlap(hostile, pattern(`r.io/${'*b'.repeat(200)}`))).toBe(false);
    expect(overlap(hostile, pattern(`r.io/${'*b'.repeat(199)}*a`))).toBe(true);
  });
});

describe('policyFor', () => {
  const map = mapOf(
    rule('"**"', 'all@acme.test'),
    rule('ghcr.io/acme/**', 'deep@acme.test'),
    rule('ghcr.io/acme/*', 'flat@acme.test'),
    rule('ghcr.io/acme/app', 'exact@acme.test'),
    rule('ghcr.io/acme/app*', 'longer@acme.test'),
  );
  it.each([
    ['ghcr.io/acme/app:1', 'ghcr.io/acme/app'],
    ['ghcr.io/acme/app2', 'ghcr.io/acme/app*'],
    ['ghcr.io/acme/web', 'ghcr.io/acme/*'],
    ['ghcr.io/acme/web/x', 'ghcr.io/acme/**'],
    ['nginx', '**'],
    ['not a reference', 'invalid-reference'],
  ])('%s is decided by %s', (reference, expected) => {
    expect(decided(map.policyFor(reference, now))).toBe(expected);
  });

  it('names the rule with its place', () => {
    expect(map.policyFor('ghcr.io/acme/app', now)).toMatchObject({
      mode: 'enforce',
      rule: { file: 'map.yaml', path: 'images[3]', pattern: 'ghcr.io/acme/app', line: 9, column: 5 },
      policy: { signedBy: { subject: 'exact@acme.test' } },
    });
  });

  it('refuses what no rule matches, and what two rules match that ask different things', () => {
    const tied = mapOf(
      rule('ghcr.io/acme/*-web', 'a@acme.test'),
      rule('ghcr.io/acme/app-*', 'b@acme.test'),
      rule('ghcr.io/acme/*b', 'c@acme.test'),
    );
    expect(decided(tied.policyFor('ghcr.io/other/x', now))).toBe('no-match');
    expect(tied.policyFor('ghcr.io/acme/my-web', now)).toMatchObject({
      code: 'tie',
      rules: [{ line: 3 }, { line: 7 }],
    });
    const same = mapOf(rule('ghcr.io/acme/*-web', 'a@acme.test'), rule('ghcr.io/acme/*b', 'a@acme.test'));
    expect(decided(same.policyFor('ghcr.io/acme/my-web', now))).toBe('ghcr.io/acme/*-web');
    const modes = mapOf(
      rule('ghcr.io/acme/*-web', 'a@acme.test'),
      rule('ghcr.io/acme/*b', 'a@acme.test', '    mode: warn\n'),
    );
    expect(decided(modes.policyFor('ghcr.io/acme/my-web', now))).toBe('tie');
  });

  const excepted = (until: string) =>
    parsePolicyMap(
      `version: 1\nimages:\n${rule('"**"', 'a@acme.test')}exceptions:\n  - { match: docker.io/library/redis, reason: no signature yet, until: ${until} }\n`,
    );
  it('lets an excepted image through until its day is over, and says what is expired', () => {
    expect(excepted('2026-11-30').policyFor('redis', now)).toMatchObject({
      decision: 'exception',
      reason: 'no signature yet',
      expired: [],
    });
    expect(excepted('2026-11-29').policyFor('redis', now)).toMatchObject({
      decision: 'policy',
      expired: [{ until: '2026-11-29' }],
    });
    expect(excepted('2026-11-30T12:00:00Z').policyFor('redis', now)).toMatchObject({ decision: 'policy' });
    expect(excepted('2026-11-30T12:00:01Z').policyFor('redis', now)).toMatchObject({ decision: 'exception' });
    expect(excepted('2026-11-30').policyFor('redis', new Date('2026-12-01T00:00:00Z')).decision).toBe('policy');
  });
  it.each(['2026-02-30', 'tomorrow', '2026-13-01', '2026-11-30T25:00:00Z'])('refuses the end %s', (until) => {
    expect(() => excepted(until)).toThrow(expect.objectContaining({ path: 'exceptions[0].until' }));
  });
});

describe('parsePolicyMap', () => {
  it.each([
    ['version: 2\nimages: []\n', 'map.yaml:1:1: "version" must be 1'],
    [
      'version: 1\nimages:\n  - match: ghcr.io/a/b\n    polcy: x\n',
      'map.yaml:4:5: unknown member "images[0].polcy"; did you mean policy?',
    ],
    [
      'version: 1\nimages:\n  - pattern: ghcr.io/a/b\n    policy: x\n',
      'map.yaml:3:5: unknown member "images[0].pattern"; known are match, policy, mode',
    ],
    [
      'version: 1\nimages:\n  - match: ghcr.io/a/b\n    policy: x\n',
      'map.yaml:4:5: "images[0].policy" names "x", which is not in "policies"',
    ],
    [
      'version: 1\nimages:\n  - match: ghcr.io/a/b\n    policy: { signedBy: { isuer: a } }\n',
      'map.yaml:4:27: "images[0].policy": "signedBy.isuer" is not a known member; did you mean issuer?',
    ],
    [
      'version: 1\nimages:\n  - match: [ghcr.io/a/b, nginx]\n    policy: { dangerouslyAcceptAnySigner: true }\n',
      'map.yaml:3:26: "images[0].match[1]" "nginx" names no registry: write docker.io/library/nginx',
    ],
    ['version: 1\nversion: 1\nimages: []\n', 'map.yaml:2:1: not YAML or JSON: Map keys must be unique'],
    ['version: 1\nimages:\n  - match: ghcr.io/a/b\n    policy: { file: p.yaml }\n', 'map.yaml:4:5'],
    ['version: 1\nimages: [&a {}, *a]\n', 'aliases'],
  ])('says where %j is wrong', (text, message) => {
    const parse = () => parsePolicyMap(text, { file: 'map.yaml' });
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid-policy-map' }));
  });

  it('reads policies by name and from files, whose mistakes are placed in them', () => {
    const text = `version: 1\npolicies:\n  ours: ${signer('a@acme.test')}\n  theirs: { file: theirs.yaml }\nimages:\n  - { match: ghcr.io/acme/**, policy: ours }\n  - { match: ghcr.io/them/**, policy: theirs }\n`;
    const read = (policy: string) =>
      parsePolicyMap(text, {
        file: 'map.yaml',
        readPolicyFile: (path) => ({ file: `policies/${path}`, text: policy }),
      });
    const map = read('version: 1\nsignedBy: { issuer: https://accounts.google.com, subject: t@them.test }\n');
    expect(map.policyFor('ghcr.io/them/x', now)).toMatchObject({
      policyName: 'theirs',
      policy: { signedBy: { subject: 't@them.test' } },
    });
    try {
      read('version: 1\nsignedBy: { isuer: x }\n');
      expect.unreachable();
    } catch (error) {
      expect(isGateError(error) && error.message).toContain(
        'map.yaml:4:13: policies/theirs.yaml:2:13: "signedBy.isuer"',
      );
    }
  });
});

describe('lintPolicyMap', () => {
  const codes = (map: ReturnType<typeof mapOf>): readonly string[] =>
    lintPolicyMap(map, { now }).map(({ code, line }) => `${code}:${line}`);
  it('finds nothing in a tight map', () => {
    expect(codes(mapOf(rule('ghcr.io/acme/**', 'a@acme.test'), rule('ghcr.io/acme/*', 'b@acme.test')))).toEqual([]);
  });
  it.each([
    ['no-rules:1', parsePolicyMap('version: 1\nimages: []\n', { file: 'map.yaml' })],
    ['tie:5', mapOf(rule('ghcr.io/acme/*-web', 'a@acme.test'), rule('ghcr.io/acme/*b', 'b@acme.test'))],
    ['never-matches:3', mapOf(rule('docker.io/*', 'a@acme.test'))],
    ['open-registry:3', mapOf(rule('"*.acme.test/app"', 'a@acme.test'))],
    ['open-owner:3', mapOf(rule('ghcr.io/acme*/**', 'a@acme.test'))],
    ['open-owner:3', mapOf(rule('ghcr.io/*acme/app', 'a@acme.test'))],
    ['open-owner:3', mapOf(rule('ghcr.io/*/app', 'a@acme.test'))],
    ['warn-only:3', mapOf(rule('ghcr.io/acme/**', 'a@acme.test', '    mode: warn\n'))],
    ['any-signer:4', mapOf('  - match: ghcr.io/acme/**\n    policy: { dangerouslyAcceptAnySigner: true }\n')],
  ])('finds %s', (code, map) => {
    expect(codes(map)).toContain(code);
  });
  it('finds no tie if no name fits both', () => {
    expect(codes(mapOf(rule('ghcr.io/acme/*-web', 'a@acme.test'), rule('ghcr.io/acme/*-api', 'b@acme.test')))).toEqual(
      [],
    );
  });
  it('finds exceptions that are over, far off or wide', () => {
    const map = parsePolicyMap(
      'version: 1\nimages: []\nexceptions:\n  - { match: ghcr.io/a/b, reason: x, until: 2026-11-01 }\n  - { match: ghcr.io/a/c, reason: x, until: 2030-01-01 }\n  - { match: ghcr.io/a/**, reason: x, until: 2027-01-01 }\n',
    );
    expect(codes(map)).toEqual(['expired-exception:4', 'long-exception:5', 'wide-exception:6']);
  });
  it.each([
    ['ghcr.io/*/app', ['open-owner:4', 'wide-exception:4']],
    ['ghcr.io/*acme/app', ['open-owner:4', 'wide-exception:4']],
    ['ghcr.io/acme/*', []],
  ])('finds what an exception for %s lets in', (match, expected) => {
    const exception = `  - { match: "${match}", reason: x, until: 2027-01-01 }\n`;
    expect(codes(parsePolicyMap(`version: 1\nimages: []\nexceptions:\n${exception}`)).toSorted()).toEqual(expected);
  });
});

it('publishes a JSON Schema that takes what is parsed, and refuses other keys', () => {
  const committed: unknown = JSON.parse(readFileSync(new URL('../../policy-map.schema.json', import.meta.url), 'utf8'));
  expect(committed).toEqual(JSON.parse(JSON.stringify(POLICY_MAP_SCHEMA)));
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(POLICY_MAP_SCHEMA);
  const policy = { signedBy: { issuer: 'https://accounts.google.com', subject: 'a@acme.test' } };
  const good = {
    version: 1,
    policies: { ours: policy, theirs: { file: 'p.yaml' } },
    images: [
      { match: 'ghcr.io/a/**', policy: 'ours' },
      { match: ['ghcr.io/b/*'], policy, mode: 'warn' },
    ],
    exceptions: [{ match: 'ghcr.io/c/d', reason: 'x', until: '2027-01-01' }],
  };
  expect(validate(good)).toBe(true);
  expect(validate({ ...good, image: [] })).toBe(false);
  expect(validate({ ...good, images: [{ match: 'ghcr.io/a/**', policy: { signedBy: { isuer: 'x' } } }] })).toBe(false);
});
