import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aText } from '../option-checks.ts';
import { definedOptions, type RunIdentity, runIdentity } from './run-identity.ts';

/** A run of a GitLab pipeline; what is left out is plausible. */
export interface GitlabPipelineRun {
  /** `group/project`, with subgroups; default `acme/app`. */
  readonly project?: string | undefined;
  /** Default `.gitlab-ci.yml`. */
  readonly file?: string | undefined;
  /** Default `refs/heads/main`. */
  readonly ref?: string | undefined;
  /** Default `push`. */
  readonly trigger?: string | undefined;
  /** Default `gitlab-hosted`. */
  readonly runner?: string | undefined;
  /** The commit. */
  readonly sha?: string | undefined;
  readonly projectId?: string | undefined;
  readonly namespaceId?: string | undefined;
  readonly environment?: string | undefined;
  /** Default `public`. */
  readonly visibility?: string | undefined;
  /** Default `https://gitlab.com`. */
  readonly host?: string | undefined;
  /** Default the host. */
  readonly issuer?: string | undefined;
}

const DEFAULTS = {
  project: 'acme/app',
  file: '.gitlab-ci.yml',
  ref: 'refs/heads/main',
  trigger: 'push',
  runner: 'gitlab-hosted',
  sha: 'e0e1e2e3e4e5e6e7e8e9e0e1e2e3e4e5e6e7e8e9',
  projectId: '2001',
  namespaceId: '2000',
  visibility: 'public',
  host: 'https://gitlab.com',
} as const;

const RUN: OptionTable<GitlabPipelineRun> = {
  project: aText,
  file: aText,
  ref: aText,
  trigger: aText,
  runner: aText,
  sha: aText,
  projectId: aText,
  namespaceId: aText,
  environment: aText,
  visibility: aText,
  host: aText,
  issuer: aText,
};

/** What Fulcio certifies of such a run. GitHub's older claims, .1.2 to .1.6, are not GitLab's. @throws TypeError `unknown-option`, `invalid-option` */
export function gitlabPipelineIdentity(run: GitlabPipelineRun, path: string): RunIdentity {
  checkOptions(run, RUN, path);
  const all = { ...DEFAULTS, ...definedOptions(run) };
  const { project, file, ref, trigger, sha, host } = all;
  const home = `${host}/${project}`;
  const config = `${home}//${file}@${ref}`;
  return runIdentity(config, run.issuer ?? host, {
    9: config,
    10: sha,
    11: all.runner,
    12: home,
    13: sha,
    14: ref,
    15: all.projectId,
    16: home.slice(0, home.lastIndexOf('/')),
    17: all.namespaceId,
    18: config,
    19: sha,
    20: trigger,
    21: `${home}/-/jobs/1`,
    22: all.visibility,
    23: run.environment,
  });
}
