import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aText } from '../option-checks.ts';
import { definedOptions, type RunIdentity, runIdentity } from './run-identity.ts';

/** A run of a GitHub workflow; what is left out is plausible. */
export interface GithubWorkflowRun {
  /** Default `acme/app`. */
  readonly repository?: string | undefined;
  /** Default `release.yml`. */
  readonly workflow?: string | undefined;
  /** Default `refs/heads/main`. */
  readonly ref?: string | undefined;
  /** The reusable workflow that signs, where it is another: `owner/name/.github/workflows/build.yml@refs/tags/v2`. */
  readonly signerWorkflow?: string | undefined;
  /** Default `push`. */
  readonly trigger?: string | undefined;
  /** Default `github-hosted`. */
  readonly runner?: string | undefined;
  /** The commit. */
  readonly sha?: string | undefined;
  readonly repositoryId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly environment?: string | undefined;
  /** Default `public`. */
  readonly visibility?: string | undefined;
  /** Default GitHub's. */
  readonly issuer?: string | undefined;
}

/** The OIDC issuer of GitHub's workflows. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

const DEFAULTS = {
  repository: 'acme/app',
  workflow: 'release.yml',
  ref: 'refs/heads/main',
  trigger: 'push',
  runner: 'github-hosted',
  sha: 'f0f1f2f3f4f5f6f7f8f9f0f1f2f3f4f5f6f7f8f9',
  repositoryId: '1001',
  ownerId: '1000',
  visibility: 'public',
  issuer: GITHUB_ISSUER,
} as const;

/** The name in the certificate of the default run. */
export const GITHUB_WORKFLOW: string = workflowUri(DEFAULTS);

const RUN: OptionTable<GithubWorkflowRun> = {
  repository: aText,
  workflow: aText,
  ref: aText,
  signerWorkflow: aText,
  trigger: aText,
  runner: aText,
  sha: aText,
  repositoryId: aText,
  ownerId: aText,
  environment: aText,
  visibility: aText,
  issuer: aText,
};

/** What Fulcio certifies of such a run. @throws TypeError `unknown-option`, `invalid-option` */
export function githubWorkflowIdentity(run: GithubWorkflowRun, path: string): RunIdentity {
  checkOptions(run, RUN, path);
  const all = { ...DEFAULTS, ...definedOptions(run) };
  const { repository, workflow, ref, trigger, runner, sha, visibility } = all;
  const home = `https://github.com/${repository}`;
  const config = workflowUri(all);
  const signer = run.signerWorkflow === undefined ? config : `https://github.com/${run.signerWorkflow}`;
  return runIdentity(signer, all.issuer, {
    2: trigger,
    3: sha,
    4: workflow.replace(/\.ya?ml$/, ''),
    5: repository,
    6: ref,
    9: signer,
    10: sha,
    11: runner,
    12: home,
    13: sha,
    14: ref,
    15: all.repositoryId,
    16: home.slice(0, home.lastIndexOf('/')),
    17: all.ownerId,
    18: config,
    19: sha,
    20: trigger,
    21: `${home}/actions/runs/1/attempts/1`,
    22: visibility,
    23: run.environment,
  });
}

function workflowUri({
  repository,
  workflow,
  ref,
}: Readonly<Record<'repository' | 'workflow' | 'ref', string>>): string {
  return `https://github.com/${repository}/.github/workflows/${workflow}@${ref}`;
}
