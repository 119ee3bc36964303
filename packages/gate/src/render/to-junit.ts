import { safeText } from 'sigtrail/report';
import type { GateEntry, GateReport } from '../gate/gate-report.ts';
import { notes, placeOf } from './to-text.ts';

/** A run as JUnit: each file a suite, each place a test case. What must not run is a failure, what could not be read an error, an exception is skipped. */
export function gateToJunit({ entries, problems, evaluatedAt }: GateReport): string {
  const files = [...new Set([...problems, ...entries].map(({ file }) => file))];
  const suites = files.map((file) => {
    const own = entries.filter((entry) => entry.file === file);
    const broken = problems.filter((problem) => problem.file === file);
    const cases = [
      ...broken.map(({ code, message, line, column }) =>
        testCase(file, placeOf({ file, line, column }), 'error', code, message),
      ),
      ...own.map((entry) => caseOf(file, entry)),
    ];
    const count = (name: string): number => cases.filter(({ kind }) => kind === name).length;
    return {
      cases,
      attributes: `name="${escape(file)}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" timestamp="${escape(evaluatedAt.replace(/\.\d+Z$/, ''))}"`,
    };
  });
  const body = suites.map(
    ({ attributes, cases }) => `  <testsuite ${attributes}>\n${cases.map(({ xml }) => xml).join('')}  </testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sigtrail gate">\n${body.join('')}</testsuites>\n`;
}

interface TestCase {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly xml: string;
}

function caseOf(file: string, entry: GateEntry): TestCase {
  const name = `${placeOf(entry)} ${entry.image ?? entry.text}`;
  const message = `${entry.message}${notes(entry)}`;
  if (entry.verdict === 'excepted') return testCase(file, name, 'skipped', 'excepted', message);
  if (entry.passes) return testCase(file, name, 'passed', '', message);
  const isUnknown = entry.verdict === 'indeterminate' || entry.verdict === 'unresolved';
  return testCase(file, name, isUnknown ? 'error' : 'failure', entry.code ?? entry.verdict, message);
}

function testCase(file: string, name: string, kind: TestCase['kind'], type: string, message: string): TestCase {
  const open = `    <testcase classname="${escape(file)}" name="${escape(name)}"`;
  if (kind === 'passed') return { kind, xml: `${open}/>\n` };
  const inner =
    kind === 'skipped'
      ? `<skipped message="${escape(message)}"/>`
      : `<${kind} type="${escape(type)}" message="${escape(message)}"/>`;
  return { kind, xml: `${open}>${inner}</testcase>\n` };
}

/** Control characters, which XML can't hold even escaped, are made visible first. */
function escape(text: string): string {
  return safeText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
