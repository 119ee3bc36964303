import { optionError } from '@sigtrail/encoding';
import type { Callback, AcceptSignature } from './callback.ts';
import type { Matcher, TextMatcher } from './matcher.ts';
import { assertKeys } from './parse-options.ts';
import { glob, isPattern, re2 } from './pattern.ts';
import type { IdentityRule, TimeBounds } from './policy.ts';
import type { CertificateSigner } from '../report/report.ts';

/** The options that both helpers share. */
interface CiRule extends TimeBounds {
  /** For example `refs/tags/v1.4`, or `glob('refs/tags/v*')`. Anyone who may push can move a branch, or a ref that `*` matches. */
  readonly ref?: TextMatcher;
  /** The event that started it, for example `push`. */
  readonly trigger?: Matcher;
  /** `github-hosted`, `gitlab-hosted`, `self-hosted`: a self-hosted runner may be anyone's machine. */
  readonly runner?: Matcher;
  /** The commit. */
  readonly sha?: Matcher;
  /** The deployment environment, with its reviewers. */
  readonly environment?: Matcher;
  /** `public` or `private`, at the time of signing. */
  readonly visibility?: Matcher;
  readonly annotations?: Readonly<Record<string, Matcher>>;
  readonly accept?: Callback<AcceptSignature<CertificateSigner>>;
}

/** A workflow of GitHub Actions. */
export interface GithubWorkflow extends CiRule {
  /** `owner/name`: the repository of the run. */
  readonly repository: string;
  /** The workflow's file, `release.yml`; default any workflow of the repository. */
  readonly workflow?: string;
  /** The reusable workflow that signed, if it is a different one: `owner/name/.github/workflows/build.yml@refs/tags/v2`; `@` and ref are optional. */
  readonly signerWorkflow?: string;
  /** GitHub's immutable number of the repository: anyone can take a freed name, but not its number. */
  readonly repositoryId?: Matcher;
  /** GitHub's immutable number of the owner. */
  readonly ownerId?: Matcher;
  /** Default `https://token.actions.githubusercontent.com`, or that of `host`; enterprises may have their own. */
  readonly issuer?: Matcher;
  /** GitHub Enterprise Cloud with data residency: `acme.ghe.com`. Names in certificates and the issuer then have this host; default `github.com`. */
  readonly host?: string;
}

/**
 * A rule for a signature made by a GitHub Actions workflow. `repositoryId` and `ownerId` survive a rename, and taking over a name doesn't take them over.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: glob('refs/tags/v*'), repositoryId: '1234', runner: 'github-hosted' })
 */
export function githubWorkflow(rule: GithubWorkflow): IdentityRule {
  assertKeys(
    rule,
    ['repository', 'workflow', 'signerWorkflow', 'repositoryId', 'ownerId', 'issuer', 'host', ...CI_KEYS],
    'githubWorkflow',
  );
  const { repository, workflow, signerWorkflow, ref } = rule;
  assertPath(repository, /^[\w.-]+\/[\w.-]+$/, 'githubWorkflow.repository', 'owner/name');
  if (workflow !== undefined)
    assertPath(workflow, /^[\w./-]+$/, 'githubWorkflow.workflow', 'a file name like release.yml');
  const { origin, issuer } = readHost(rule.host);
  const home = `${origin}/${repository}`;
  const own = workflowUri(`${home}/.github/workflows/`, workflow?.replace(/^\.github\/workflows\//, ''), ref);
  return compactRule({
    issuer: rule.issuer ?? issuer,
    subject: signerWorkflow === undefined ? own : reusableUri(signerWorkflow, origin),
    // With a reusable workflow, the certificate names the called workflow; the calling workflow is here.
    ...(signerWorkflow === undefined || workflow === undefined ? {} : { buildConfigUri: own }),
    sourceRepositoryUri: home,
    sourceRepositoryIdentifier: rule.repositoryId,
    sourceRepositoryOwnerIdentifier: rule.ownerId,
    ...commonFields(rule),
  });
}

/** A pipeline of GitLab CI/CD. */
export interface GitlabPipeline extends CiRule {
  /** `group/project`, with subgroups. */
  readonly project: string;
  /** The pipeline's file; default `.gitlab-ci.yml`. */
  readonly file?: string;
  /** GitLab's immutable number of the project. */
  readonly projectId?: Matcher;
  /** GitLab's immutable number of the namespace. */
  readonly namespaceId?: Matcher;
  /** Default `https://gitlab.com`; yours, when self-managed. */
  readonly host?: string;
  /** Default the host. */
  readonly issuer?: Matcher;
}

/**
 * A rule for a signature made by a GitLab pipeline.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example gitlabPipeline({ project: 'acme/platform/api', ref: 'refs/heads/main', projectId: '4242' })
 */
export function gitlabPipeline(pipeline: GitlabPipeline): IdentityRule {
  assertKeys(pipeline, ['project', 'file', 'projectId', 'namespaceId', 'host', 'issuer', ...CI_KEYS], 'gitlabPipeline');
  const { project, file = '.gitlab-ci.yml', host = 'https://gitlab.com', ref } = pipeline;
  assertPath(project, /^[\w.-]+(?:\/[\w.-]+)+$/, 'gitlabPipeline.project', 'group/project');
  assertPath(file, /^[\w./-]+$/, 'gitlabPipeline.file', 'a path like .gitlab-ci.yml');
  assertPath(host, /^https?:\/\/[\w.:-]+$/, 'gitlabPipeline.host', 'https://gitlab.example.com');
  return compactRule({
    issuer: pipeline.issuer ?? host,
    // GitLab separates project and file by two slashes.
    subject: workflowUri(`${host}/${project}//`, file, ref),
    sourceRepositoryUri: `${host}/${project}`,
    sourceRepositoryIdentifier: pipeline.projectId,
    sourceRepositoryOwnerIdentifier: pipeline.namespaceId,
    ...commonFields(pipeline),
  });
}

const CI_KEYS = [
  'ref',
  'trigger',
  'runner',
  'sha',
  'environment',
  'visibility',
  'annotations',
  'accept',
  'signedAfter',
  'maxAge',
  'notOlderThan',
];

function commonFields(rule: CiRule): object {
  return {
    sourceRepositoryRef: rule.ref,
    buildTrigger: rule.trigger,
    runnerEnvironment: rule.runner,
    sourceRepositoryDigest: rule.sha,
    deploymentEnvironment: rule.environment,
    sourceRepositoryVisibilityAtSigning: rule.visibility,
    annotations: rule.annotations,
    accept: rule.accept,
    signedAfter: rule.signedAfter,
    maxAge: rule.maxAge,
    notOlderThan: rule.notOlderThan,
  };
}

/** `…/release.yml@refs/tags/v1`: exact if file and ref are exact, and never matching beyond the folder. */
function workflowUri(folder: string, file: string | undefined, ref: TextMatcher | undefined): TextMatcher {
  if (file !== undefined && typeof ref === 'string') return `${folder}${file}@${ref}`;
  const left = `${folder}${file ?? '*'}@`;
  if (ref === undefined) return glob(`${left}**`);
  if (typeof ref === 'string') return file === undefined ? glob(`${left}${assertLiteral(ref)}`) : `${left}${ref}`;
  if (isPattern(ref) && ref.kind === 'glob') return glob(`${left}${ref.source}`);
  // The claim with the ref is matched against the pattern; here any ref will do.
  return re2(`${quote(folder)}${file === undefined ? '[^/]+' : quote(file)}@(?s:.*)`);
}

/** Where GitHub's names start, and who vouches for them: each tenant with data residency has an issuer of its own. */
function readHost(host: unknown = 'github.com'): { readonly origin: string; readonly issuer: string } {
  if (host === 'github.com')
    return { origin: 'https://github.com', issuer: 'https://token.actions.githubusercontent.com' };
  const [, tenant] = typeof host === 'string' ? (/^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.ghe\.com$/.exec(host) ?? []) : [];
  if (tenant === undefined)
    throw optionError(
      'invalid-option',
      `"githubWorkflow.host" must be github.com or a name like acme.ghe.com, without scheme, got ${JSON.stringify(host)}`,
    );
  return { origin: `https://${tenant}.ghe.com`, issuer: `https://token.actions.${tenant}.ghe.com` };
}

function reusableUri(path: string, origin: string): TextMatcher {
  const [file = '', ref] = path.split(/@(.*)/s, 2);
  assertPath(
    file,
    /^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+$/,
    'githubWorkflow.signerWorkflow',
    'owner/name/.github/workflows/file.yml@ref',
  );
  return ref === undefined ? glob(`${origin}/${file}@**`) : `${origin}/${file}@${ref}`;
}

function assertPath(value: unknown, shape: RegExp, path: string, expected: string): void {
  // `..` would make the path point somewhere else.
  if (typeof value !== 'string' || !shape.test(value) || /(?:^|\/)\.\.?(?:\/|$)/.test(value))
    throw optionError('invalid-option', `"${path}" must be ${expected}, got ${JSON.stringify(value)}`);
}

function assertLiteral(ref: string): string {
  if (/[*?]/.test(ref))
    throw optionError('invalid-option', `"ref" ${JSON.stringify(ref)} holds wildcards; write glob(…)`);
  return ref;
}

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function compactRule(rule: object): IdentityRule {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as IdentityRule;
}
