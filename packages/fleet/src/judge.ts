import { createVerifier, type ImagePolicy, type ImageReport, isSigtrailError } from 'sigtrail';
import { type Capsule, replay, type ReplayOptions } from 'sigtrail/replay';
import type { Question } from './question.ts';
import { createRecords } from './records.ts';
import type { Redis } from 'ioredis';
import type { Verifiers } from './verifiers.ts';
import type { WorkerSettings } from './worker-options.ts';

/** Answers questions, from registries or from what was recorded when they were asked. */
export interface Judge {
  /** By a registry. Keeps what the answer rests on, where that is wanted. */
  ask(question: Question, policy: ImagePolicy, signal: AbortSignal): Promise<ImageReport>;
  /** By what is stored, and by nothing else: what isn't there in whole is `indeterminate`, and no registry is asked. */
  askStores(question: Question, policy: ImagePolicy): Promise<ImageReport>;
}

/** The judge of a worker. */
export function createJudge(settings: WorkerSettings, verifiers: Verifiers, stores: Redis): Judge {
  const { trust, keepEvidenceMs, fleet, secondJudge } = settings;
  const records = createRecords(stores, settings);
  return {
    ask: async (question, policy, signal) => {
      const verifier = verifiers.of(question.asOf);
      if (keepEvidenceMs === 0) return verifier.evaluate(question.reference, policy, { signal });
      // A worker that is stopped between reading and keeping must not make old evidence young.
      const readAt = Date.now();
      const capsule = await verifier.capture(question.reference, policy, { signal });
      const report = ofOneImage(capsule.report);
      // What could not be read this time must not take the place of what could.
      if (report.verdict !== 'indeterminate')
        await records.keep(question, capsule, readAt).catch((error: unknown) => {
          fleet.onWarning(`evidence was not kept: ${error instanceof Error ? error.message : 'unknown error'}`);
        });
      return report;
    },
    askStores: async (question, policy) => {
      const now = question.asOf === undefined ? new Date() : new Date(question.asOf);
      const capsule = await records.find(question);
      const report = capsule === undefined ? undefined : await replayed(capsule, { trust, policy, now, secondJudge });
      if (report !== undefined && !restsOnAbsence(report)) return report;
      await using verifier = createVerifier({ trust, registry: NO_REGISTRY, secondJudge, now: () => now });
      const unread = await verifier.evaluate(question.reference, policy);
      if (unread.verdict !== 'indeterminate')
        throw new Error(`${question.reference} has a verdict, although nothing of it was read`);
      const message =
        report === undefined
          ? `no evidence of ${question.reference} is stored that is whole and young enough, and no registry was asked`
          : `the policy forbids something, only the registry can say that ${question.reference} has nothing of the kind, and no registry was asked`;
      return { ...unread, problems: [{ code: 'not-recorded', message }] };
    },
  };
}

/** The report, unless another release wrote the capsule in a form that this one can't read. */
async function replayed(capsule: Capsule, options: ReplayOptions): Promise<ImageReport | undefined> {
  try {
    return ofOneImage(await replay(capsule, options));
  } catch (error) {
    if (isSigtrailError(error) && error.code === 'invalid-capsule') return undefined;
    throw error;
  }
}

/** Whether the image is verified only if nothing was added since: Redis can bring back a record from before a VEX document or a revocation. */
function restsOnAbsence({ verdict, replay: note }: ImageReport): boolean {
  return verdict === 'verified' && note?.policy !== 'as-given';
}

/** For a question whose evidence isn't stored: nothing can be read. */
const NO_REGISTRY = {
  retries: 0,
  transport: {
    exchange: async (): Promise<never> => {
      throw new Error('no registry is asked');
    },
  },
};

/** A fleet never asks about platforms, nor about attestations. */
function ofOneImage(report: { readonly kind: string }): ImageReport {
  if (!isImageReport(report)) throw new Error(`expected the report of an image, got one of ${report.kind}`);
  return report;
}

function isImageReport(report: { readonly kind: string }): report is ImageReport {
  return report.kind === 'image';
}
