// All that the net takes from the rest of the tree. What is renamed or moved there is renamed here, and nowhere else in this folder.
export { ATTACKS } from '../../packages/sigtrail/test/attacks/index.ts';
export { createWorld, type Outcome as AttackOutcome } from '../../packages/sigtrail/test/attacks/world.ts';
export { type JudgedMutation, runMutations } from '../../packages/sigtrail/test/mutations/run.ts';
export {
  createSpecimens,
  type MintedSpecimens,
  mintSpecimens,
} from '../../packages/sigtrail/test/mutations/specimens.ts';
export { runConformance } from '../../scripts/conformance.ts';
export { fixturesDirectory } from '../../scripts/fixtures-directory.ts';
export { runLocalStack } from '../../scripts/local-stack.ts';
export { runPublishedBundles } from '../../scripts/published-bundles.ts';
export { eachLine } from '../../scripts/show/plain-bar.ts';
export { runWildFixtures } from '../../scripts/wild-fixtures.ts';
export type { CandidateReport, Check, ImageReport } from 'sigtrail';
