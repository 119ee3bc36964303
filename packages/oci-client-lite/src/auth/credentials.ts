/** Credentials for a registry. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** Sent unchanged as `Authorization: Bearer`. */
  | { readonly token: string }
  /**
   * An OAuth 2 refresh token (`identitytoken` in Docker's file), exchanged at the registry's token server. If a token server lacks that
   * grant, it is asked with user and password if there are any, else anonymously.
   */
  | { readonly identityToken: string; readonly username?: string; readonly password?: string };
