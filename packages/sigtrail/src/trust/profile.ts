/**
 * The evidence that an authority's signatures have, and so must have unless the policy changes a number.
 *
 * - `fulcio`: a public certificate authority that logs what it issues: a log entry, an SCT and a verified time.
 * - `github`: GitHub's own instance for private repositories: a timestamp; neither a log nor SCTs exist.
 * - `pki`: a private certificate authority: a log entry and a verified time; it has no CT log and no OIDC issuer.
 */
export type AuthorityProfile = 'fulcio' | 'github' | 'pki';

/** The profile of a signature: that of its certificate's authority, or `key` for one made with a plain key. */
export type TrustProfile = AuthorityProfile | 'key';

/**
 * What one authority of profile `pki` need not keep to, each loud in the report: `code-signing` (the purpose in its
 * certificates), `time` (a verified time; the certificate is then checked at the verifier's clock), `single-certificate`
 * (v0.3 bundles hold one certificate; its own may also hold the intermediates that lead to its anchor).
 */
export type Relaxation = 'code-signing' | 'time' | 'single-certificate';

/** How much of each kind of evidence a profile requires of one signature. */
export interface ProfileRequirements {
  readonly log: number;
  readonly sct: number;
  readonly time: number;
}

/** The table behind {@link TrustProfile}. */
export const PROFILES: Readonly<Record<TrustProfile, ProfileRequirements>> = {
  fulcio: { log: 1, sct: 1, time: 1 },
  github: { log: 0, sct: 0, time: 1 },
  pki: { log: 1, sct: 0, time: 1 },
  key: { log: 1, sct: 0, time: 0 },
};

/** Profiles that a certificate authority can have. */
export const AUTHORITY_PROFILES: readonly AuthorityProfile[] = ['fulcio', 'github', 'pki'];

/** Relaxations that an authority can have. */
export const RELAXATIONS: readonly Relaxation[] = ['code-signing', 'time', 'single-certificate'];
