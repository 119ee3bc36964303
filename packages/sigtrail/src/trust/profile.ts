/**
 * The evidence that an authority's signatures have, and so must have unless the policy changes a number.
 *
 * - `fulcio`: a public certificate authority that logs what it issues: a log entry, an SCT and a verified time.
 * - `github`: GitHub's own instance for private repositories: a timestamp; neither a log nor SCTs exist.
 * - `pki`: a private certificate authority: a log entry and a verified time; it has no CT log and no OIDC issuer.
 */
export type AuthorityProfile = 'fulcio' | 'github' | 'pki';

/** The profile of a signature: that of its certificate's authority, or `key` for a signature with a plain key. */
export type TrustProfile = AuthorityProfile | 'key';

/**
 * Requirements that an authority with profile `pki` need not meet; the report states each: `code-signing` (the purpose in its
 * certificates), `time` (a verified time; the certificate is then checked at the verifier's clock), `single-certificate`
 * (v0.3 bundles hold a single certificate; with this, they may also hold the intermediates that lead to its anchor).
 */
export type Relaxation = 'code-signing' | 'time' | 'single-certificate';

/** How much of each kind of evidence a profile requires of a signature. */
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
