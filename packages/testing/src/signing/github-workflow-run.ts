import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aText } from '../option-checks.ts';
import { type CertificateOptions, GITHUB_ISSUER } from '../sigstore/certificate.ts';

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

const ARC = '1.3.6.1.4.1.57264.1';

/** The certificate that Fulcio gives such a run: its name, and the claims of its token (fulcio `docs/oid-info.md`). */
export function githubWorkflowCertificate(run: GithubWorkflowRun, path: string): CertificateOptions {
  checkOptions(run, RUN, path);
  const { repository, workflow, ref, trigger, runner, sha, repositoryId, ownerId, visibility, issuer } = {
    ...DEFAULTS,
    ...defined(run),
  };
  const { environment, signerWorkflow } = run;
  const home = `https://github.com/${repository}`;
  const config = `${home}/.github/workflows/${workflow}@${ref}`;
  const signer = signerWorkflow === undefined ? config : `https://github.com/${signerWorkflow}`;
  const claims = {
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
    15: repositoryId,
    16: home.slice(0, home.lastIndexOf('/')),
    17: ownerId,
    18: config,
    19: sha,
    20: trigger,
    21: `${home}/actions/runs/1/attempts/1`,
    22: visibility,
    ...(environment === undefined ? {} : { 23: environment }),
  };
  return {
    san: [{ kind: 'uri', value: signer }],
    issuer,
    claims: Object.fromEntries(Object.entries(claims).map(([number, text]) => [`${ARC}.${number}`, text])),
  };
}

function defined(run: GithubWorkflowRun): { readonly [Name in keyof GithubWorkflowRun]?: string } {
  return Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined));
}
