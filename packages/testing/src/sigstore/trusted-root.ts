import type { CertificateAuthority } from './certificate-authority.ts';
import type { CertificateLog } from './certificate-log.ts';
import type { KeyPair } from './key-pair.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import type { TransparencyLog } from './transparency-log.ts';

interface Window {
  start?: string;
  end?: string;
}

interface LogJson {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor: Window };
  logId: { keyId: string };
}

interface AuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: Window;
}

/** A `trusted_root.json` (protobuf-specs `TrustedRoot`) with one authority of each kind: a fresh object, open to tampering. */
export interface TrustedRootJson extends Record<string, unknown> {
  mediaType: string;
  tlogs: LogJson[];
  certificateAuthorities: AuthorityJson[];
  ctlogs: LogJson[];
  timestampAuthorities: AuthorityJson[];
}

interface Services {
  readonly authority: CertificateAuthority;
  readonly certificateLog: CertificateLog;
  readonly logs: readonly TransparencyLog[];
  readonly timestampAuthority: TimestampAuthority;
  readonly start: Date;
}

/** The trust root of these services. */
export function trustedRootOf({
  authority,
  certificateLog,
  logs,
  timestampAuthority,
  start,
}: Services): TrustedRootJson {
  const validFor = (): Window => ({ start: start.toISOString() });
  const log = (baseUrl: string, key: KeyPair, logId: Uint8Array): LogJson => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(key.spki), keyDetails: key.details, validFor: validFor() },
    logId: { keyId: base64(logId) },
  });
  const chain = (name: string, certificates: readonly Uint8Array[]): AuthorityJson => ({
    subject: { organization: 'fake', commonName: name },
    uri: `https://${name}.fake.test`,
    certChain: { certificates: certificates.map((bytes) => ({ rawBytes: base64(bytes) })) },
    validFor: validFor(),
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logs.map(({ host, key, logId }) => log(`https://${host}`, key, logId)),
    certificateAuthorities: [chain('fulcio', authority.chain)],
    ctlogs: [log('https://ct.fake.test', certificateLog.key, certificateLog.logId)],
    timestampAuthorities: [chain('tsa', timestampAuthority.chain)],
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
