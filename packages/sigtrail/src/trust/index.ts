export type { LoadedTrust, TrustProvider } from './load-trust.ts';
export { PUBLIC_GOOD_ROOT, PUBLIC_GOOD_SNAPSHOT_DATE } from './public-good-root.ts';
export { parseTrustedRoot } from './trusted-root.ts';
export type { TrustedLog, TrustedRoot, TrustedRootInput } from './trusted-root.ts';
