import type { PredicateType } from './attestation/predicate-types.ts';
import { type AttestationRequest, parseAttestationRequest } from './attestation/request.ts';
import type { EvaluatedAttestations, VerifiedAttestations } from './attestation/verified-attestations.ts';
import type { NamedCallOptions, VerifierOptions } from './options.ts';
import { NAMED_CALL_KEYS, parseNamedOptions } from './parse-call-options.ts';
import type { AttestationsReport } from './report/attestations-report.ts';
import { conclusionOf } from './report/conclusion.ts';
import type { Question, Session } from './session.ts';
import { withSession } from './with-session.ts';

/** Options of the functions about attestations: those of a verifier and those of a call. */
export type VerifyAttestationsOptions = VerifierOptions & NamedCallOptions;

/**
 * Verifies that an image has an attestation of the requested type, about exactly this image and by a signer that the request names, or throws.
 *
 * @throws SigtrailError with `code` and the whole `report`; TypeError for a mistake in the request or options
 * @example
 * const { attestations } = await verifyAttestations('ghcr.io/acme/app:1.4', {
 *   type: 'slsaprovenance1',
 *   signedBy: { issuer: 'https://token.actions.githubusercontent.com', subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.4' },
 *   predicate: ({ runDetails }) => runDetails.builder.id.startsWith('https://github.com/actions/runner') || deny('another builder'),
 * });
 * attestations[0].predicate.buildDefinition.externalParameters;
 */
export async function verifyAttestations<const T extends PredicateType>(
  reference: string,
  request: AttestationRequest<T>,
  options: VerifyAttestationsOptions = {},
): Promise<VerifiedAttestations<T>> {
  return withSession(options, NAMED_CALL_KEYS, async (session, call: NamedCallOptions) =>
    verifyAttestationsIn(session, reference, request, call),
  );
}

/** The same report for all three verdicts; never throws for the state of the world. */
export async function evaluateAttestations<const T extends PredicateType>(
  reference: string,
  request: AttestationRequest<T>,
  options: VerifyAttestationsOptions = {},
): Promise<AttestationsReport> {
  return withSession(options, NAMED_CALL_KEYS, async (session, call: NamedCallOptions) =>
    evaluateAttestationsIn(session, reference, request, call),
  );
}

/** `verifyAttestations` in a session that is open already. @throws what `verifyAttestations` throws */
export async function verifyAttestationsIn<T extends PredicateType>(
  session: Session,
  reference: string,
  request: AttestationRequest<T>,
  options?: NamedCallOptions,
): Promise<VerifiedAttestations<T>> {
  const evaluated = await evaluateIn(session, reference, request, options);
  const { assertAttested } = await import('./attestation/verified-attestations.ts');
  return assertAttested(evaluated);
}

/** `evaluateAttestations` in a session that is open already. @throws what `evaluateAttestations` throws */
export async function evaluateAttestationsIn<T extends PredicateType>(
  session: Session,
  reference: string,
  request: AttestationRequest<T>,
  options?: NamedCallOptions,
): Promise<AttestationsReport> {
  return (await evaluateIn(session, reference, request, options)).report;
}

async function evaluateIn<T extends PredicateType>(
  session: Session,
  reference: string,
  request: AttestationRequest<T>,
  options: NamedCallOptions = {},
): Promise<EvaluatedAttestations> {
  const parsed = parseAttestationRequest(request);
  const answer = async (question: Question<NamedCallOptions>): Promise<EvaluatedAttestations> => {
    const { readReference } = await import('./read-reference.ts');
    const image = readReference(reference);
    const [{ evaluateRequest }, { call, context }] = await Promise.all([
      import('./attestation/evaluate-request.ts'),
      question.prepare(),
    ]);
    return evaluateRequest(image, parsed, call, context);
  };
  return session.answer(parseNamedOptions(options), answer, ({ report }) => conclusionOf(report));
}
