import { OciError } from '../error.ts';
import type { Credentials } from './credentials.ts';

/** What is known about the credentials for one repository. */
export interface FoundCredentials {
  /** Absent: anonymous. */
  readonly credentials?: Credentials | undefined;
  /** `HttpHeaders` of Docker's configuration; they go to the registry's origin only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether asking again may give new credentials: a helper or a keychain hands out passwords that expire. */
  readonly renewable: boolean;
  /** Whether the answer never changes: credentials from the client's options. */
  readonly isFixed?: boolean | undefined;
  /** Where they were found, or looked for: `/home/me/.docker/config.json`, `docker-credential-gcloud`. */
  readonly from?: string | undefined;
  /** Why credentials may be missing: shown with a 401 that follows. */
  readonly problem?: string | undefined;
  /** What went wrong when they were looked up. Public content is read without them; for anything else, this is the error. */
  readonly failure?: CredentialFailure | undefined;
}

/** Credentials could not be read, but other clients continue without them: a helper fails, a variable can't be read. */
export class CredentialFailure extends OciError {}

/** Finds credentials by exact `host[:port]` and repository. */
export interface CredentialSource {
  /** `renew`: the earlier credentials were refused, so remembered ones must not be used. */
  find(registry: string, repository: string, renew: boolean): Promise<FoundCredentials>;
  /** The program that the client is waiting for, if any. */
  waitsFor?(): string | undefined;
}
