export type { ImagePolicy } from '../policy/policy.ts';
export { type ReadKeyFile } from './document/from-document.ts';
export { POLICY_SCHEMA } from './document/policy-schema.ts';
export {
  type LocatedPolicy,
  type Position,
  readLocatedPolicy,
  readPolicy,
  type ReadPolicyOptions,
} from './document/read-policy.ts';
export { toPolicyDocument, writePolicy } from './document/write-policy.ts';
export {
  importClusterImagePolicy,
  type ImportKubernetesOptions,
  importKubernetesPolicies,
} from './import/kubernetes/import-kubernetes.ts';
export { importCosignCommand, type ImportCosignOptions } from './import/cosign-command.ts';
export { importGhCommand } from './import/gh-command.ts';
export type { ImportedPolicy, NotExpressed } from './import/imported-policy.ts';
export { isAnchored } from './lint/is-anchored.ts';
export { type LintFinding, lintPolicy } from './lint/lint-policy.ts';
export { LINT_RULES, type LintCode, type LintLevel, type LintRule } from './lint/lint-rules.ts';
export { type SarifPlaces, toSarif } from './lint/to-sarif.ts';
