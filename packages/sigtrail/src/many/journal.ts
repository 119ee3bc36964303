import { createHash } from 'node:crypto';
import { optionError } from '@sigtrail/encoding';
import * as z from 'zod';
import type { ImagePolicy } from '../policy/policy.ts';
import { toRecord } from '../replay/recorded-policy.ts';
import { ImageReportSchema, PlatformsReportSchema } from '../report/report-schema.ts';
import { VERSION } from '../version.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { JournalOption } from './image-outcome.ts';
import { type JournalFile, type JournalLine, openJournalFile, refuse } from './journal-file.ts';

/** The reports of earlier runs, and the place to write those of this run. */
export interface Journal {
  /** The digest of the trusted root that all its reports rest on. */
  readonly trust: string;
  /** The next report on this reference that an earlier run wrote; `undefined` if there are no more. @throws SigtrailError `invalid-journal` if it was made under a different policy */
  take(reference: string, policy: ImagePolicy): Promise<ManyReport | undefined>;
  /** Resolves when the report is on the disk. @throws SigtrailError `invalid-journal` */
  write(reference: string, policy: ImagePolicy, report: ManyReport): Promise<void>;
  close(): Promise<void>;
}

type ManyReport = ImageReport | PlatformsReport;

/** Everything besides the policies that the answers depend on. */
export interface JournalQuestion {
  readonly trust: string;
  /** Options of the verifier and of the call, as given. */
  readonly options: object;
}

/** The place of an answer, and the policy that it was given by. */
interface Written extends JournalLine {
  readonly policy: string;
}

const ReportSchema = z.union([ImageReportSchema, PlatformsReportSchema]);
/** The report is only checked when it is needed. */
const LineSchema = z.object({ reference: z.string(), policy: z.string(), report: z.unknown() });

/** Opens the journal of a question, or begins it. @throws SigtrailError `invalid-journal`; TypeError for options with code that has no name */
export async function openJournal(option: JournalOption, question: JournalQuestion): Promise<Journal> {
  const { file: path, code } = typeof option === 'string' ? { file: option, code: undefined } : option;
  const identify = (value: unknown, what: string): string => {
    const record = toRecord(value);
    if (code === undefined && hasCode(record))
      throw optionError(
        'invalid-option',
        `"journal.code" is required: ${what} contains code of yours (a callback, a schema, a key resolver), and only you can say whether it is the same in the next run`,
      );
    return `sha256:${createHash('sha256')
      .update(JSON.stringify([record, code]))
      .digest('hex')}`;
  };
  const header = {
    sigtrailJournal: 1,
    version: VERSION,
    trust: question.trust,
    options: identify(question.options, 'an option'),
  };
  const writtenFor = new Map<string, Written[]>();
  // Few policies, many lines: each text is held once.
  const names = new Map<string, string>();
  const file = await openJournalFile(path, header, (line, content) => {
    const { success, data } = LineSchema.safeParse(content);
    if (!success) throw refuse(path, `line ${line.number} is not a report on a reference`);
    const { reference, policy } = data;
    if (!names.has(policy)) names.set(policy, policy);
    const written = { ...line, policy: names.get(policy) ?? policy };
    const earlier = writtenFor.get(reference);
    if (earlier === undefined) writtenFor.set(reference, [written]);
    else earlier.push(written);
  });
  return {
    trust: question.trust,
    take: async (reference, policy) => {
      const id = identify(policy, 'a policy');
      const first = writtenFor.get(reference)?.shift();
      if (first === undefined) return undefined;
      if (first.policy !== id)
        throw refuse(
          path,
          `has a report on ${reference} under a different policy (line ${first.number}); give a different file name to start anew`,
        );
      return readReport(file, path, first, reference);
    },
    write: async (reference, policy, report) =>
      file.append({ reference, policy: identify(policy, 'a policy'), report }),
    close: async () => file.close(),
  };
}

async function readReport(file: JournalFile, path: string, line: JournalLine, reference: string): Promise<ManyReport> {
  const { data } = LineSchema.safeParse(await file.read(line));
  const report = ReportSchema.safeParse(data?.report);
  if (!report.success || report.data.requested !== reference)
    throw refuse(path, `line ${line.number} is not a report on ${reference}`);
  // Checked above. The check returns a copy whose members are in a different order, but a resumed report must be what was written, character for character.
  return data?.report as ManyReport;
}

/** Whether a record contains code, which its text does not show: `toRecord` marks it. */
function hasCode(record: unknown): boolean {
  if (typeof record !== 'object' || record === null) return false;
  return Object.entries(record).some(([key, value]) => CODE_MARKS.has(key) || hasCode(value));
}

const CODE_MARKS: ReadonlySet<string> = new Set(['$callback', '$schema', '$resolver']);
