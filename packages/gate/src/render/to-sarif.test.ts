import { describe, expect, it } from 'vitest';
import { SarifLog } from '../../test/sarif.ts';
import { runGate } from '../gate/run-gate.ts';
import { lintPolicyMap } from '../policy-map/lint-policy-map.ts';
import { parsePolicyMap } from '../policy-map/parse-policy-map.ts';
import { gateToSarif, mapFindingsToSarif } from './to-sarif.ts';

const MAP = `version: 1
images:
  - { match: docker.io/library/nginx, mode: warn, policy: { dangerouslyAcceptAnySigner: true } }
exceptions:
  - { match: docker.io/library/redis, reason: "old", until: 2999-01-01 }
`;

/** A refused, a warned, an excepted, an unresolved and an unreadable place, in files with odd names. */
async function written(): Promise<string> {
  const report = await runGate(
    [
      { file: 'a b/\u00fc:%/Dockerfile', text: 'FROM a\nFROM nginx\nFROM redis\nFROM ${X}\n', isNamed: true },
      { file: 'odd.txt', text: 'x', isNamed: true },
    ],
    { map: parsePolicyMap(MAP), now: new Date('2026-11-30T00:00:00Z'), ask: async function* () {} },
  );
  return JSON.stringify(gateToSarif(report));
}

describe('a run as SARIF', () => {
  it('is what the standard and code scanning ask for', async () => {
    const { runs } = SarifLog.parse(JSON.parse(await written()));
    const levels = runs.flatMap(({ results }) => results.map(({ ruleId, level }) => `${ruleId} ${level}`));
    expect(levels).toEqual(
      expect.arrayContaining(['unknown-kind error', 'no-match error', 'not-answered warning', 'excepted note']),
    );
  });

  it.each([
    ['another version', '"version":"2.1.0"', '"version":"2.0.0"'],
    ['a level that does not exist', '"level":"warning"', '"level":"fatal"'],
    ['line 0', '"startLine":2', '"startLine":0'],
    ['an end before the start', '"endLine":2', '"endLine":1'],
    ['no description', '"fullDescription"', '"longDescription"'],
    ['no help', '"help"', '"hint"'],
    ['an empty message', /"message":\{"text":"[^"]+"/, '"message":{"text":""'],
    ['a blank in a URI', '"uri":"a%20b', '"uri":"a b'],
    ['a colon in a URI', '%3A', ':'],
    ['the index of another rule', '"ruleIndex":0', '"ruleIndex":1'],
    ['a time that is not a time', '"endTimeUtc":"2026', '"endTimeUtc":"soon'],
  ])('would not be valid with %s', async (_, from, to) => {
    const text = await written();
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    expect(SarifLog.safeParse(JSON.parse(changed)).success).toBe(false);
  });
});

it('the findings in a policy map are valid SARIF', () => {
  const findings = lintPolicyMap(parsePolicyMap(MAP), { now: new Date('2026-11-30T00:00:00Z') });
  expect(findings.length).toBeGreaterThan(0);
  SarifLog.parse(JSON.parse(JSON.stringify(mapFindingsToSarif(findings))));
});
