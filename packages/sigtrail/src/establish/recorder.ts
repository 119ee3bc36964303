import type { Check } from '../report.ts';

/** Collects the checks of one candidate in the order they were carried out. */
export interface Recorder {
  readonly checks: Check[];
  pass(check: string, message: string, more?: CheckExtras): void;
  fail(check: string, code: string, message: string, more?: CheckExtras): void;
  skip(check: string, code: string, message: string, more?: CheckExtras): void;
}

type CheckExtras = Pick<Check, 'expected' | 'actual' | 'item'>;

/** A fresh recorder. A check that passed has its own name as code. */
export function createRecorder(): Recorder {
  const checks: Check[] = [];
  return {
    checks,
    pass: (check, message, more) => void checks.push({ check, status: 'passed', code: check, message, ...more }),
    fail: (check, code, message, more) => void checks.push({ check, status: 'failed', code, message, ...more }),
    skip: (check, code, message, more) => void checks.push({ check, status: 'skipped', code, message, ...more }),
  };
}
