// The phases of a verification, in one place: loaded with the first question, not with the package.
export { withinDeadline } from './deadline.ts';
export { reportImage, unresolvedImage } from './decide/report-verdict.ts';
export { decideEvidence } from './decide/decide-evidence.ts';
export { discoverEvidence, lookForAttestations } from './discover/discover-evidence.ts';
export { withSharedListings } from './discover/shared-listings.ts';
export { establishAll } from './establish/establish-all.ts';
export { evaluatePlatforms } from './platforms/evaluate-platforms.ts';
