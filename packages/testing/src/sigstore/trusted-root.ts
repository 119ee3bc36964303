import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aList } from '../option-checks.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { CtLog } from './ct-log.ts';
import { keyDetails, type KeyPair } from './key-pair.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import type { TransparencyLog } from './log.ts';
import { toRfc3339, type Validity } from './validity.ts';

/** What is trusted; each list that is given replaces the sigstore's own. */
export interface TrustedRootOptions {
  readonly authorities?: readonly CertificateAuthority[];
  readonly ctLogs?: readonly CtLog[];
  readonly logs?: readonly TransparencyLog[];
  readonly timestampAuthorities?: readonly TimestampAuthority[];
}

const TRUSTED_ROOT: OptionTable<TrustedRootOptions> = {
  authorities: aList,
  ctLogs: aList,
  logs: aList,
  timestampAuthorities: aList,
};

/** From when, and until when, a key or certificate counts. */
export interface ValidForJson {
  start: string;
  end?: string;
}

/** A log in a `trusted_root.json`. */
export interface LogInstanceJson {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor: ValidForJson };
  logId: { keyId: string };
  checkpointKeyId?: { keyId: string };
  operator?: string;
  /** Sigtrail's own. */
  refuseRetiredEntries?: boolean;
}

/** A certificate or timestamp authority in a `trusted_root.json`. */
export interface AuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: ValidForJson;
  operator?: string;
}

/** `trusted_root.json`. Plain and writable: tests may spoil it. */
export interface TrustedRootJson {
  mediaType: string;
  tlogs: LogInstanceJson[];
  certificateAuthorities: AuthorityJson[];
  ctlogs: LogInstanceJson[];
  timestampAuthorities: AuthorityJson[];
}

/** Writes a trusted root. */
export function trustedRoot(trusted: Required<TrustedRootOptions>): TrustedRootJson {
  checkOptions<TrustedRootOptions>(trusted, TRUSTED_ROOT, 'trustedRoot');
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: trusted.logs.map(logInstance),
    certificateAuthorities: trusted.authorities.map(authority),
    ctlogs: trusted.ctLogs.map(logInstance),
    timestampAuthorities: trusted.timestampAuthorities.map(authority),
  };
}

interface LogParts {
  readonly baseUrl: string;
  readonly key: KeyPair;
  readonly logId: Buffer;
  readonly validFor: Validity;
}

function logInstance({ baseUrl, key, logId, validFor }: LogParts): LogInstanceJson {
  const rawBytes = key.spki.toString('base64');
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes, keyDetails: keyDetails(key.kind), validFor: validForJson(validFor) },
    logId: { keyId: logId.toString('base64') },
  };
}

interface AuthorityParts {
  readonly name: string;
  readonly uri: string;
  readonly chain: readonly Buffer[];
  readonly validFor: Validity;
}

function authority({ name, uri, chain, validFor }: AuthorityParts): AuthorityJson {
  return {
    subject: { organization: name, commonName: name },
    uri,
    certChain: { certificates: chain.map((der) => ({ rawBytes: der.toString('base64') })) },
    validFor: validForJson(validFor),
  };
}

function validForJson({ start, end }: Validity): ValidForJson {
  return { start: toRfc3339(start), ...(end === undefined ? {} : { end: toRfc3339(end) }) };
}
