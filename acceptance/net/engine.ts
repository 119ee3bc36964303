// Everything that the net imports from the rest of the tree. After a rename or move there, change only this file.
export { ATTACKS } from '../../packages/sigtrail/test/attacks/index.ts';
export { createWorld, type Outcome as AttackOutcome } from '../../packages/sigtrail/test/attacks/world.ts';
export { type JudgedMutation, runMutations } from '../../packages/sigtrail/test/mutations/run.ts';
export {
  createSpecimens,
  type MintedSpecimens,
  mintSpecimens,
} from '../../packages/sigtrail/test/mutations/specimens.ts';
export { runConformance } from '../conformance/conformance.ts';
export { fixturesDirectory } from '../fixtures-directory.ts';
export { runLocalStack } from '../local-stack/local-stack.ts';
export { runPublishedBundles } from '../published-bundles/published-bundles.ts';
export { eachLine } from '../local-stack/recorded-lines.ts';
export { runWildFixtures } from '../real-images/wild-fixtures.ts';
export type { CandidateReport, Check, Report } from 'sigtrail';
