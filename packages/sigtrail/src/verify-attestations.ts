import type { PredicateType } from './attestation/predicate-types.ts';
import type { AttestationRequest } from './attestation/request.ts';
import type { VerifiedAttestations } from './attestation/verified-attestations.ts';
import type { AttestationsReport } from './report/attestations-report.ts';
import type { NamedCallOptions, VerifierOptions } from './options.ts';
import { NAMED_CALL_KEYS } from './parse-call-options.ts';
import { withVerifier } from './with-verifier.ts';

/** Options of the functions about attestations: those of a verifier and those of a call. */
export type VerifyAttestationsOptions = VerifierOptions & NamedCallOptions;

/**
 * Verifies that an image has an attestation of a type, signed by whom the request names and about this very image, or throws.
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
  return withVerifier(options, NAMED_CALL_KEYS, (verifier, call: NamedCallOptions) =>
    verifier.verifyAttestations(reference, request, call),
  );
}

/** The same report for all three verdicts; never throws for the state of the world. */
export async function evaluateAttestations<const T extends PredicateType>(
  reference: string,
  request: AttestationRequest<T>,
  options: VerifyAttestationsOptions = {},
): Promise<AttestationsReport> {
  return withVerifier(options, NAMED_CALL_KEYS, (verifier, call: NamedCallOptions) =>
    verifier.evaluateAttestations(reference, request, call),
  );
}
