import type { PredicateType } from '../attestation/predicate-types.ts';
import { type AttestationRequest, parseAttestationRequest } from '../attestation/request.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { ImageCallOptions, NamedCallOptions } from '../options.ts';
import { IMAGE_CALL_KEYS, parseImageOptions, parseNamedOptions } from '../parse-call-options.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { Report } from '../report/any-report.ts';
import type { AttestationsReport } from '../report/attestations-report.ts';
import { type Conclusion, conclusionOf } from '../report/conclusion.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { Question, Session } from '../session.ts';
import { evaluateParsed, type VerifyImageOptions } from '../verify-image.ts';
import { withSession } from '../with-session.ts';
import type { Capsule } from './capsule.ts';

/**
 * Like `evaluateImage`, and records everything that the answer rests on in a plain JSON value: bytes, trust, policy, keys, the answers of
 * callbacks, the clock. `replay` gives the same report from it years later, without a network. No credentials are in it.
 *
 * @throws what `evaluateImage` throws
 * @example
 * const capsule = await captureEvidence('ghcr.io/acme/app:1.4', policy);
 * await writeFile('app.capsule.json', JSON.stringify(capsule));
 */
export async function captureEvidence(
  reference: string,
  policy: ImagePolicy,
  options: VerifyImageOptions = {},
): Promise<Capsule<ImageReport | PlatformsReport>> {
  return withSession(options, IMAGE_CALL_KEYS, async (session, call: ImageCallOptions) =>
    captureIn(session, reference, policy, call),
  );
}

/** `captureEvidence` in a session that is open already. @throws what `captureEvidence` throws */
export async function captureIn(
  session: Session,
  reference: string,
  policy: ImagePolicy,
  options: ImageCallOptions = {},
): Promise<Capsule<ImageReport | PlatformsReport>> {
  const parsed = parsePolicy(policy);
  return session.answer(
    parseImageOptions(options),
    async (question) => {
      const { readReference } = await import('../read-reference.ts');
      const image = readReference(reference);
      return record(session, question, { what: 'image', reference: image.text }, policy, async (taken, context) =>
        evaluateParsed(image, parsed, taken, context),
      );
    },
    concluded,
  );
}

/** Like `captureIn`, for a question about attestations. @throws what `evaluateAttestations` throws */
export async function captureAttestationsIn<T extends PredicateType>(
  session: Session,
  reference: string,
  request: AttestationRequest<T>,
  options: NamedCallOptions = {},
): Promise<Capsule<AttestationsReport>> {
  const parsed = parseAttestationRequest(request);
  return session.answer(
    parseNamedOptions(options),
    async (question) => {
      const { readReference } = await import('../read-reference.ts');
      const image = readReference(reference);
      const { evaluateRequest } = await import('../attestation/evaluate-request.ts');
      return record(
        session,
        question,
        { what: 'attestations', reference: image.text },
        request,
        async (taken, context) => (await evaluateRequest(image, parsed, taken, context)).report,
      );
    },
    concluded,
  );
}

function concluded({ report }: Capsule): Conclusion {
  return conclusionOf(report);
}

async function record<R extends Report>(
  session: Session,
  question: Question<ImageCallOptions>,
  asked: Pick<Capsule['asked'], 'what' | 'reference'>,
  policy: unknown,
  evaluate: (options: ImageCallOptions, context: EvaluationContext) => Promise<R>,
): Promise<Capsule<R>> {
  const [{ startRecording }, { secondJudgeVersion }, { call: options, context }] = await Promise.all([
    import('./record.ts'),
    import('../second-judge/version.ts'),
    question.prepare(),
  ]);
  const recording = startRecording({
    asked,
    options,
    now: context.now,
    policy,
    deny: session.deny,
    trust: context.trust,
    secondJudge: context.secondJudge === 'off' ? 'off' : 'on',
    judge: await secondJudgeVersion(),
  });
  return recording.finish(await evaluate(recording.options, { ...context, tape: recording.tape }));
}
