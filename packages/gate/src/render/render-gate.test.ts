import { describe, expect, it } from 'vitest';
import type { GateRun } from '../gate/gate-files.ts';
import { gateExitCode } from '../gate/exit-code.ts';
import { runGate } from '../gate/run-gate.ts';
import { parsePolicyMap } from '../policy-map/parse-policy-map.ts';
import { GATE_FORMATS, renderGate } from './render-gate.ts';

const HOSTILE = 'FROM "a|`<b>&\u0007\u202e"\nFROM nginx\nFROM redis\n';

/** Names of files as a stranger may put them into a pull request. */
const NAMES = [
  '::set-output name=x::y',
  ' ::error::x',
  '##[command]x',
  'a\n::stop-commands::x',
  'a%0Ab:c',
  ']]>',
  '[x](https://evil.test)`|',
  'x\u2028y\u2029z',
  'half \ud800',
];

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
      'FAILED 1 file with images, 3 places: 1 refused, 1 unresolved, 1 excepted, 1 unreadable; 2 folders skipped (third-party code, tools)',
    );
  });
});

describe('a file whose name is meant to do harm', () => {
  const map = 'version: 1\nimages: []\n';
  async function named(file: string): Promise<GateRun> {
    const done = await run('FROM nginx\n', map);
    const entries = done.report.entries.map((entry) => ({ ...entry, file }));
    return { ...done, report: { ...done.report, entries, problems: [] }, written: [file] };
  }

  it.each(NAMES)('begins no line as a command, and ends none: %j', async (file) => {
    const text = renderGate(await named(file), 'text');
    expect(text).not.toMatch(/^\s*(?:::|##\[)/m);
    expect(text).not.toMatch(/[\u2028\u2029]/);
    expect(text.split('\n')).toHaveLength(7);
  });

  it.each(['::set-output name=verdict::verified', ' ##[error]x', 'a ##[set-env name=x]y'])(
    'begins no command where a reason is %j, and leaves another reason as it is',
    async (message) => {
      const done = await run('FROM nginx\n', map);
      const saying = (said: string): string =>
        renderGate(
          { ...done, report: { ...done.report, problems: [{ file: 'x', code: 'unreadable-file', message: said }] } },
          'text',
        );
      expect(saying(message)).not.toMatch(/^\s*::|##\[/m);
      expect(saying('can’t be read: a::b')).toContain('\n  can’t be read: a::b [unreadable-file]\n');
    },
  );

  it.each(NAMES)('stays in its cell, attribute and URI: %j', async (file) => {
    const done = await named(file);
    const [, , , , row = '', ...rest] = renderGate(done, 'markdown').split('\n');
    expect(row.match(/\|/g)).toHaveLength(5);
    expect(rest.filter((line) => line !== '')).toHaveLength(1);
    // Whatever stands between the bars is code, so that no link is one.
    expect(row).toMatch(/^\| (`+).+?\1 \| `/);
    const junit = renderGate(done, 'junit');
    expect(junit.match(/</g)).toHaveLength(8);
    const { runs } = JSON.parse(renderGate(done, 'sarif'));
    const { uri } = runs[0].results[0].locations[0].physicalLocation.artifactLocation;
    expect(uri).toMatch(/^[\w%.@!'()*~/-]+$/);
  });
});

it('fits the summary of a job, and says what it leaves out', async () => {
  const done = await run('FROM nginx\n', 'version: 1\nimages: []\n');
  const [entry] = done.report.entries;
  if (entry === undefined) throw new Error('no entry');
  const entries = Array.from({ length: 9000 }, () => ({ ...entry, message: '\u3042'.repeat(600) }));
  const text = renderGate(
    { ...done, report: { ...done.report, entries }, written: entries.map(() => 'x'.repeat(400)) },
    'markdown',
  );
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  expect(text).toMatch(/\n\d+ more rows are left out\./);
  expect(text).toMatch(/\n\d+ more lines are left out\./);
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
