/**
 * Attestations that GitHub keeps: `actions/attest` puts them there, and in the registry only with `push-to-registry`. Asking tells GitHub which image is verified
 * here, and when, so it is off by default.
 */
export interface GithubAttestations {
  /** `owner/name`: those of this repository. Instead of `owner`. */
  readonly repository?: string;
  /** Those of all repositories of an organization or user. Instead of `repository`. */
  readonly owner?: string;
  /** For private repositories, and for more requests in an hour. Sent to `apiUrl` only. */
  readonly token?: string;
  /** Default `https://api.github.com`; `https://api.acme.ghe.com` with data residency. */
  readonly apiUrl?: string;
}
