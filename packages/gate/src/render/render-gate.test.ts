import { describe, expect, it } from 'vitest';
import type { GateRun } from '../gate/gate-files.ts';
import { gateExitCode } from '../gate/exit-code.ts';
import { runGate } from '../gate/run-gate.ts';
import { parsePolicyMap } from '../policy-map/parse-policy-map.ts';
import { GATE_FORMATS, renderGate } from './render-gate.ts';

const HOSTILE = 'FROM "a|`<b>&\u0007\u202e"\nFROM nginx\nFROM redis\n';

async function run(
  text: string,
  map = 'version: 1\nimages: []\nexceptions:\n  - { match: docker.io/library/redis, reason: "a | <b>", until: 2999-01-01 }\n',
): Promise<GateRun> {
  const report = await runGate(
    [
      { file: 'a b/Dockerfile', text, isNamed: true },
      { file: 'odd.txt', text: 'x', isNamed: true },
    ],
    {
      map: parsePolicyMap(map),
      now: new Date('2026-11-30T00:00:00Z'),
      ask: async function* () {},
    },
  );
  return { report, pinned: [], notPinned: [], written: [], outdated: [], ignored: 2 };
}

describe('a run', () => {
  it.each(GATE_FORMATS)('as %s holds every place, and no text of a file as it came', async (format) => {
    const text = renderGate(await run(HOSTILE), format);
    expect(text).toContain('docker.io/library/nginx');
    expect(text).not.toMatch(/[\u0007\u202e]/);
    if (format === 'junit' || format === 'html') expect(text).not.toContain('<b>');
  });

  it('as SARIF places each finding by line, column and offset', async () => {
    const { runs } = JSON.parse(renderGate(await run('FROM scratch\n  FROM nginx\n'), 'sarif'));
    expect(runs[0].columnKind).toBe('utf16CodeUnits');
    expect(runs[0].results).toMatchObject([
      { ruleId: 'unknown-kind', locations: [{ physicalLocation: { artifactLocation: { uri: 'odd.txt' } } }] },
      {
        ruleId: 'no-match',
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'a%20b/Dockerfile' },
              region: { startLine: 2, startColumn: 8, endLine: 2, endColumn: 13, charOffset: 20, charLength: 5 },
            },
          },
        ],
      },
    ]);
    for (const { ruleIndex, ruleId } of runs[0].results) expect(runs[0].tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });

  it('as JUnit counts failures, errors and what is excepted', async () => {
    const text = renderGate(await run(HOSTILE), 'junit');
    expect(text).toContain('<testsuite name="a b/Dockerfile" tests="3" failures="1" errors="1" skipped="1"');
  });

  it('says what was left out, and counts each verdict', async () => {
    expect(renderGate(await run(HOSTILE), 'text')).toContain(
      'FAILED 1 file with images, 3 places: 1 refused, 1 unresolved, 1 excepted, 1 unreadable; 2 folders of other people’s code or of tools left out',
    );
  });
});

describe('gateExitCode', () => {
  it('is 12 for a refused image, before 14 for one that can’t be told', async () => {
    const { report } = await run(HOSTILE);
    expect(gateExitCode({ report, outdated: [] })).toBe(12);
    expect(gateExitCode({ report: { ...report, entries: [] }, outdated: [] })).toBe(14);
    expect(gateExitCode({ report: { ...report, entries: [], problems: [] }, outdated: [] })).toBe(0);
    expect(gateExitCode({ report: { ...report, entries: [], problems: [] }, outdated: ['x'] })).toBe(12);
  });
});

it('never passes an image about which no answer came, unless the rule only warns', async () => {
  const map = (mode: string): string =>
    `version: 1\nimages:\n  - { match: docker.io/library/nginx, mode: ${mode}, policy: { dangerouslyAcceptAnySigner: true } }\n`;
  const [strict] = (await run('FROM nginx\n', map('enforce'))).report.entries;
  expect(strict).toMatchObject({ verdict: 'indeterminate', passes: false, code: 'not-answered' });
  const [loose] = (await run('FROM nginx\n', map('warn'))).report.entries;
  expect(loose).toMatchObject({ verdict: 'indeterminate', passes: true });
});
