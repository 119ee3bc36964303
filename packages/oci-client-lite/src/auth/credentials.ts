/** Credentials for a registry. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** Sent unchanged as `Authorization: Bearer`. */
  | { readonly token: string }
  /**
   * An OAuth 2 refresh token (`identitytoken` in Docker's file), exchanged at the registry's token server. A token server without that
   * grant is asked with user and password where they are there too, anonymously otherwise.
   */
  | { readonly identityToken: string; readonly username?: string; readonly password?: string };
