export type { LoadedTrust, TrustInput, TrustProvider, TrustSourceInput } from './load-trust.ts';
export { AUTHORITY_PROFILES, PROFILES, RELAXATIONS } from './profile.ts';
export type { AuthorityProfile, ProfileRequirements, Relaxation, TrustProfile } from './profile.ts';
export { PUBLIC_GOOD_ROOT, PUBLIC_GOOD_SNAPSHOT_DATE } from './public-good-root.ts';
export { trustRoot } from './trust-root.ts';
export type { TrustRootMaker } from './trust-root.ts';
export type {
  CertificateAuthorityPart,
  LogPart,
  PartWindow,
  PemOrDer,
  TimestampAuthorityPart,
  TransparencyLogPart,
  TrustParts,
} from './trust-parts.ts';
export type { ListedLog, TrustedLog } from '@sigtrail/rekor/trusted-logs';
export { parseTrustedRoot } from './parse-trusted-root.ts';
export type { CertificateAuthority, TrustDocument, TrustedRoot } from './trusted-root.ts';
export type { ProfileOption, TrustedRootSource } from './trusted-root-input.ts';
export { tufTrust } from './tuf/tuf-trust.ts';
export type { TufTrustOptions } from './tuf/tuf-trust.ts';
export type { Certificate } from '@sigtrail/fulcio-claims/certificate';
export type { AuthorityChain, ValidityWindow } from '../establish/chain.ts';
export type { Problem, TrustSource } from '../report/report.ts';
