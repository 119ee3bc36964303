import type { FaultCode, KnownCheckName } from '../report/codes.ts';
import type { Check } from '../report/report.ts';

/** Collects the checks of one candidate in order. */
export interface Recorder {
  readonly checks: Check[];
  /** Checks, by their codes, that a test leaves out to show that each counts. */
  readonly without: ReadonlySet<string>;
  pass(check: KnownCheckName, message: string, extras?: CheckExtras): void;
  /** Returns whether the check refuses: always, unless a test leaves it out; then it counts as passed. */
  fail(check: KnownCheckName, code: FaultCode, message: string, extras?: CheckExtras): boolean;
  /** Undecided: neither passed nor failed, and nothing is accepted. Returns whether it stays open: always, unless a test leaves the check out. */
  unknown(check: KnownCheckName, code: FaultCode, message: string, extras?: CheckExtras): boolean;
  /** Returns whether the evidence is left out of account: always, unless a test leaves the check out. */
  skip(check: KnownCheckName, code: FaultCode, message: string, extras?: CheckExtras): boolean;
}

type CheckExtras = Pick<Check, 'expected' | 'actual' | 'item'>;

const NONE: ReadonlySet<string> = new Set();

/**
 * A fresh recorder. A check that passed has its own name as code. `without` is a seam for this package's own tests: no
 * option of the package sets it.
 */
export function createRecorder(without: ReadonlySet<string> = NONE): Recorder {
  const checks: Check[] = [];
  return {
    checks,
    without,
    pass: (check, message, extras) => void checks.push({ check, status: 'passed', code: check, message, ...extras }),
    fail: (check, code, message, extras) => {
      const refuses = !without.has(code);
      checks.push({ check, status: refuses ? 'failed' : 'passed', code: refuses ? code : check, message, ...extras });
      return refuses;
    },
    unknown: (check, code, message, extras) => {
      const isOpen = !without.has(code);
      checks.push({
        check,
        status: isOpen ? 'indeterminate' : 'passed',
        code: isOpen ? code : check,
        message,
        ...extras,
      });
      return isOpen;
    },
    skip: (check, code, message, extras) => {
      checks.push({ check, status: 'skipped', code, message, ...extras });
      return !without.has(code);
    },
  };
}
