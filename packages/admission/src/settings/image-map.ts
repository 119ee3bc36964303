import { dirname, resolve } from 'node:path';
import { isGateError, parsePolicyMap, type PolicyAnswer, type RuleName } from '@sigtrail/gate';
import { AdmissionError } from '../error.ts';
import type { ImageMap, MapAnswer } from '../scope/scope.ts';
import type { WatchedFiles } from './watched-files.ts';

/** Reads a policy map of the gate, with the files that it names. Messages call it what the settings do. @throws AdmissionError `invalid-settings` */
export async function readImageMap(path: string, shownAs: string, files: WatchedFiles): Promise<ImageMap> {
  const text = await files.text(path);
  const beside = (from: string, name: string): string => resolve(dirname(from), name);
  try {
    const map = parsePolicyMap(text, {
      file: path,
      readPolicyFile: (name) => ({ file: beside(path, name), text: files.textNow(beside(path, name)) }),
      readKeyFile: (name, from) => files.textNow(beside(from, name)),
    });
    return { file: shownAs, policyFor: (reference, now) => toAnswer(map.policyFor(reference, now)) };
  } catch (cause) {
    if (!isGateError(cause)) throw cause;
    throw new AdmissionError('invalid-settings', cause.message, { cause });
  }
}

/** What an answer of the gate comes to here. */
export function toAnswer(answer: PolicyAnswer): MapAnswer {
  switch (answer.decision) {
    case 'policy':
      return { kind: 'policy', rule: nameOf(answer.rule), mode: answer.mode, policy: answer.policy };
    case 'exception':
      return { kind: 'exception', rule: nameOf(answer.rule), reason: answer.reason, until: answer.until };
    case 'refused': {
      const [expired] = answer.expired;
      const over =
        expired === undefined ? '' : `; the exception of line ${String(expired.rule.line)} ended (${expired.until})`;
      return { kind: 'none', code: `map-${answer.code}`, message: `${answer.message}${over}` };
    }
  }
}

function nameOf({ pattern, line }: RuleName): string {
  return `${pattern} (line ${String(line)})`;
}
