import { type OptionTable, checkOptions, optionError, requireList, requireObject } from '@sigtrail/encoding';
import type { FulcioClaims } from './decode-claims.ts';
import type { SubjectAlternativeName } from './subject-alternative-names.ts';

/** Who runs the issuer that vouched for a signer. */
export type IdentityProvider =
  | 'github-actions'
  | 'gitlab'
  | 'buildkite'
  | 'codefresh'
  | 'circleci'
  | 'google'
  | 'kubernetes'
  | 'login'
  | 'generic';

/** A signer, described in the same way for every provider. Unverified, like the underlying claims; missing claims stay missing. */
export interface SignerIdentity {
  /** Only the issuer decides this: any URL can look like GitHub's. */
  readonly provider: IdentityProvider;
  readonly kind: 'pipeline' | 'account' | 'workload' | 'unknown';
  readonly issuer?: string;
  /** The first name in the certificate. */
  readonly name?: string;
  /** For example `acme`. */
  readonly owner?: string;
  readonly ownerId?: string;
  /** For example `acme/app`. */
  readonly repository?: string;
  readonly repositoryId?: string;
  /** File of the workflow or pipeline that was started: `.github/workflows/release.yml`. */
  readonly workflow?: string;
  /** The workflow that signed, if it differs: a reusable workflow, as the certificate spells it. */
  readonly signerWorkflow?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly trigger?: string;
  readonly runner?: string;
  readonly environment?: string;
  readonly visibility?: string;
  readonly runUrl?: string;
}

/** How issuers are recognised. */
export interface DescribeIdentityOptions {
  /** Your own issuers: a self-managed GitLab, a private GitHub. Exact URLs. */
  readonly issuers?: Readonly<Record<string, IdentityProvider>>;
}

const OPTIONS: OptionTable<DescribeIdentityOptions> = {
  issuers: (value, name, door) => {
    const isKnown = (provider: unknown): boolean => typeof provider === 'string' && Object.hasOwn(KINDS, provider);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.values(value).every(isKnown))
      throw optionError(
        'invalid-option',
        `${door}: "${name}" must give each issuer one of ${Object.keys(KINDS).join(', ')}`,
      );
  },
};

/**
 * Describes a signer in the same way for every CI provider. Nothing is verified: the result is only as true as the certificate.
 *
 * @example describeIdentity(claims, subjectAlternativeNames).repository // 'acme/app'
 */
export function describeIdentity(
  claims: FulcioClaims,
  names: readonly SubjectAlternativeName[],
  options: DescribeIdentityOptions = {},
): SignerIdentity {
  requireObject(claims, 'describeIdentity', 'claims');
  requireList(names, 'describeIdentity', 'names');
  checkOptions(options, OPTIONS, 'describeIdentity');
  const { issuers = {} } = options;
  const { issuer } = claims;
  const provider =
    issuer === undefined
      ? 'generic'
      : Object.hasOwn(issuers, issuer)
        ? (issuers[issuer] ?? 'generic')
        : providerOf(issuer);
  const name = names.find(({ kind }) => kind !== 'unsupported')?.value;
  const base = { provider, kind: KINDS[provider], issuer, name };
  switch (provider) {
    case 'google':
    case 'kubernetes':
    case 'login':
      return compact(base);
    case 'buildkite':
      // Its certificates name the pipeline only in the subject: https://buildkite.com/<organization>/<pipeline>.
      return compact({ ...pipelineOf(claims), ...buildkiteNames(name), ...base });
    case 'github-actions':
    case 'gitlab':
    case 'codefresh':
    case 'circleci':
    case 'generic':
      return compact({ ...pipelineOf(claims), ...base, ...(isPipeline(claims) ? { kind: 'pipeline' as const } : {}) });
  }
}

const GITHUB = 'https://token.actions.githubusercontent.com';
const EXACT: Readonly<Record<string, IdentityProvider>> = {
  [GITHUB]: 'github-actions',
  'https://gitlab.com': 'gitlab',
  'https://agent.buildkite.com': 'buildkite',
  'https://oidc.codefresh.io': 'codefresh',
  'https://accounts.google.com': 'google',
  'https://oauth2.sigstore.dev/auth': 'login',
  'https://github.com/login/oauth': 'login',
  'https://login.microsoftonline.com': 'login',
};
/** Issuers with a separate name for each customer: fulcio `config/identity/config.yaml`. */
const FAMILIES: readonly (readonly [RegExp, IdentityProvider])[] = [
  [/^https:\/\/token\.actions\.githubusercontent\.com\/[\w-]+$/, 'github-actions'],
  [/^https:\/\/oidc\.circleci\.com\/org\/[0-9a-f-]+$/, 'circleci'],
  [
    /^https:\/\/container\.googleapis\.com\/v1\/projects\/[\w-]+\/(?:locations|zones)\/[\w-]+\/clusters\/[\w-]+$/,
    'kubernetes',
  ],
  [/^https:\/\/oidc\.eks\.[\w-]+\.amazonaws\.com(?:\.cn)?\/id\/[A-Z0-9]+$/, 'kubernetes'],
  [/^https:\/\/[\w-]+\.oic\.prod-aks\.azure\.com\/[\w/-]+$/, 'kubernetes'],
  [/^https:\/\/kubernetes\.default\.svc(?:\.cluster\.local)?$/, 'kubernetes'],
];

const KINDS: Readonly<Record<IdentityProvider, SignerIdentity['kind']>> = {
  'github-actions': 'pipeline',
  gitlab: 'pipeline',
  buildkite: 'pipeline',
  codefresh: 'pipeline',
  circleci: 'pipeline',
  google: 'account',
  login: 'account',
  kubernetes: 'workload',
  generic: 'unknown',
};

function providerOf(issuer: string): IdentityProvider {
  if (Object.hasOwn(EXACT, issuer)) return EXACT[issuer] ?? 'generic';
  return FAMILIES.find(([family]) => family.test(issuer))?.[1] ?? 'generic';
}

function isPipeline({ sourceRepositoryUri, runInvocationUri, buildConfigUri }: FulcioClaims): boolean {
  return (sourceRepositoryUri ?? runInvocationUri ?? buildConfigUri) !== undefined;
}

/** The current claims, or for certificates before 2023 GitHub's own (1.2 to 1.6). */
function pipelineOf(claims: FulcioClaims): Parts {
  const { sourceRepositoryUri: uri, buildConfigUri, buildSignerUri } = claims;
  return {
    owner: pathOf(claims.sourceRepositoryOwnerUri) ?? claims.githubWorkflowRepository?.split('/')[0],
    ownerId: claims.sourceRepositoryOwnerIdentifier,
    repository: pathOf(uri) ?? claims.githubWorkflowRepository,
    repositoryId: claims.sourceRepositoryIdentifier,
    workflow: fileOf(buildConfigUri, uri),
    signerWorkflow: buildSignerUri === buildConfigUri ? undefined : buildSignerUri,
    ref: claims.sourceRepositoryRef ?? claims.githubWorkflowRef,
    commit: claims.sourceRepositoryDigest ?? claims.githubWorkflowSha,
    trigger: claims.buildTrigger ?? claims.githubWorkflowTrigger,
    runner: claims.runnerEnvironment,
    environment: claims.deploymentEnvironment,
    visibility: claims.sourceRepositoryVisibilityAtSigning,
    runUrl: claims.runInvocationUri,
  };
}

function buildkiteNames(name: string | undefined): Parts {
  const [, owner, workflow] = /^https:\/\/buildkite\.com\/([^/]+)\/([^/]+)$/.exec(name ?? '') ?? [];
  return { owner, workflow };
}

type Parts = { readonly [Name in keyof SignerIdentity]?: SignerIdentity[Name] | undefined };

/** `https://github.com/acme/app` → `acme/app`; any other text stays as it is. */
function pathOf(uri: string | undefined): string | undefined {
  return uri === undefined ? undefined : (/^https?:\/\/[^/?#]+\/([^?#]+)$/.exec(uri)?.[1] ?? uri);
}

/** The file within its repository: GitHub puts one slash between them, GitLab two. */
function fileOf(configUri: string | undefined, repositoryUri: string | undefined): string | undefined {
  if (configUri === undefined || repositoryUri === undefined || !configUri.startsWith(`${repositoryUri}/`))
    return configUri;
  return configUri
    .slice(repositoryUri.length)
    .replace(/^\/{1,2}/, '')
    .replace(/@.*$/s, '');
}

/** Without undefined members; the type requires the two mandatory ones. */
function compact(parts: Parts & Pick<SignerIdentity, 'provider' | 'kind'>): SignerIdentity {
  // The same members without those that have no value; `fromEntries` loses the names.
  return Object.fromEntries(
    Object.entries(parts).filter(([, value]) => value !== undefined),
  ) as unknown as SignerIdentity;
}
