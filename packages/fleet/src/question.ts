import { createHash } from 'node:crypto';
import * as z from 'zod';
import { FleetError } from './error.ts';
import type { Seal } from './seal.ts';

/** What a job asks: everything that the answer depends on, but for the state of the registry. */
export interface Question {
  /** Which scan asks. Answers never pass from one scan to another. */
  readonly scan: string;
  /** `registry/repository@sha256:…`; a tag only where it could not be resolved, so that the report can say why. */
  readonly reference: string;
  /** The worker must hold a policy of this name with this hash. */
  readonly policy: { readonly name: string; readonly hash: string };
  /** The digest of the trusted root. */
  readonly trust: string;
  /** The name of the credentials that the worker must have: what one account may read, the answer to another must not say. */
  readonly account: string;
  /** RFC 3339: the clock of the answer. Without it, the clock of whichever worker answers. */
  readonly asOf?: string;
  /** Judged by what is stored, without a registry. */
  readonly from?: 'stores';
}

/** Workers leave jobs of another version to others. */
const VERSION = 3;

/** A question as its job in Redis holds it. */
export interface SealedQuestion extends Question {
  readonly version: typeof VERSION;
  readonly seal: string;
}

const text = z.string().min(1).max(4096);
const SealedQuestionSchema: z.ZodType<SealedQuestion> = z.strictObject({
  version: z.literal(VERSION),
  scan: text,
  reference: text,
  policy: z.strictObject({ name: text, hash: text }),
  trust: text,
  account: z.string().max(4096),
  asOf: z.iso.datetime().exactOptional(),
  from: z.literal('stores').exactOptional(),
  seal: text,
});

/** The name of the job: the same question is the same job. */
export function jobIdOf({ scan, reference, policy, trust, account, asOf, from }: Question): string {
  const parts = [VERSION, scan, reference, policy.name, policy.hash, trust, account, asOf ?? null, from ?? null];
  // BullMQ takes a whole number for a name of its own.
  return `q${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

/** What the job holds: the question, and the mark that one of us asked it. */
export function sealQuestion(question: Question, seal: Seal): SealedQuestion {
  return { version: VERSION, ...question, seal: seal.mark(jobIdOf(question)) };
}

/** Whether a job is of a version that this release doesn't know: a later one, or an earlier one. */
export function isOfOtherVersion(data: unknown): boolean {
  const version = z.object({ version: z.int() }).safeParse(data).data?.version;
  return version !== undefined && version !== VERSION;
}

/**
 * Reads the question of a job. Write access to Redis is not enough to make a worker ask a registry anything.
 *
 * @throws FleetError `invalid-job`
 */
export function openQuestion(jobId: string | undefined, data: unknown, seal: Seal): Question {
  const parsed = SealedQuestionSchema.safeParse(data);
  if (!parsed.success)
    throw new FleetError(
      'invalid-job',
      `the job is malformed at ${parsed.error.issues[0]?.path.join('.') ?? 'its root'}`,
    );
  const { version: _version, seal: mark, ...question } = parsed.data;
  const name = jobIdOf(question);
  if (!seal.holds(name, mark))
    throw new FleetError('invalid-job', 'the job was not written with the key of this fleet');
  if (name !== jobId) throw new FleetError('invalid-job', 'the job has the name of another question');
  return question;
}
