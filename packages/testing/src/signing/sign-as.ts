import { type CheckOption, checkOptions, optionError, requireText, suggestName } from '@sigtrail/encoding';
import { anObject, aText, anything } from '../option-checks.ts';
import type { CertificateOptions } from '../sigstore/certificate.ts';
import { type GithubWorkflowRun, githubWorkflowIdentity } from '../sigstore/github-workflow-run.ts';
import { type GitlabPipelineRun, gitlabPipelineIdentity } from '../sigstore/gitlab-pipeline-run.ts';
import type { KeyPair } from '../sigstore/key-pair.ts';
import type { SubjectAlternativeName } from '../sigstore/subject-alternative-name.ts';
import type { Signer } from '../sigstore/signer.ts';

/** Who signs. */
export type SignAs =
  /** A person who logged in. The default issuer is `EMAIL_ISSUER`. */
  | { readonly email: string; readonly issuer?: string | undefined }
  /** A run of a workflow, with the claims that GitHub's tokens carry; the names are those of the policy's `githubWorkflow`. */
  | { readonly githubWorkflow: GithubWorkflowRun }
  /** A run of a GitLab pipeline, likewise. */
  | { readonly gitlabPipeline: GitlabPipelineRun }
  /** What a policy's `signedBy` says outright: a subject that is a URI or an e-mail address, and an issuer. */
  | { readonly subject: string | { readonly email: string } | { readonly uri: string }; readonly issuer: string }
  /** A key without certificate: `generateKeyPair()`. */
  | { readonly key: KeyPair }
  /** Any certificate, right or wrong. */
  | { readonly certificate: CertificateOptions }
  /** A certificate that was issued before, or a key. */
  | Signer;

/** Who vouches for an e-mail address, unless told otherwise. */
export const EMAIL_ISSUER = 'https://accounts.google.com';

/** The default signer: `release.yml` of `acme/app` on its main branch. */
export const DEFAULT_SIGNER: SignAs = { githubWorkflow: {} };

const KINDS = ['email', 'githubWorkflow', 'gitlabPipeline', 'subject', 'key', 'certificate'] as const;
/** What each kind contains. If a kind has its own shape, its reader checks it. */
const MEMBERS: Readonly<Record<(typeof KINDS)[number], Readonly<Record<string, CheckOption>>>> = {
  email: { email: aText, issuer: aText },
  githubWorkflow: { githubWorkflow: anything },
  gitlabPipeline: { gitlabPipeline: anything },
  subject: { subject: anything, issuer: aText },
  key: { key: anything },
  certificate: { certificate: anObject },
};

/** A signer that is there already, or what its certificate must say. @throws TypeError `unknown-option`, `invalid-option` */
export function readSigner(
  as: SignAs,
  door: string,
): { readonly signer: Signer } | { readonly certificate: CertificateOptions } {
  const path = `${door}.as`;
  if (typeof as !== 'object' || as === null || Array.isArray(as))
    throw optionError('invalid-option', `${path} must be an object like { email: 'dev@acme.test' }`);
  if ('der' in as || 'privateKey' in as) return { signer: as };
  const kinds = KINDS.filter((kind) => Object.hasOwn(as, kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const [typed] = Object.keys(as);
    const said = kind === undefined && typed !== undefined ? `; ${suggestName(typed, KINDS)}` : '';
    const code = kind === undefined && typed !== undefined ? 'unknown-option' : 'invalid-option';
    throw optionError(code, `${path} must have exactly one of ${KINDS.join(', ')}${said}`);
  }
  checkOptions<Record<string, unknown>>({ ...as }, MEMBERS[kind], path);
  if ('key' in as) {
    refuseMissing(as.key, ['privateKey', 'spki'], `${path}.key`, 'generateKeyPair()');
    return { signer: as.key };
  }
  if ('certificate' in as) return { certificate: as.certificate };
  if ('githubWorkflow' in as)
    return { certificate: githubWorkflowIdentity(as.githubWorkflow, `${path}.githubWorkflow`) };
  if ('gitlabPipeline' in as)
    return { certificate: gitlabPipelineIdentity(as.gitlabPipeline, `${path}.gitlabPipeline`) };
  const { issuer = EMAIL_ISSUER } = as;
  if ('email' in as) {
    requireText(as.email, door, 'as.email');
    return { certificate: { san: [{ kind: 'email', value: as.email }], issuer } };
  }
  if (as.issuer === undefined)
    throw optionError('invalid-option', `${path} must have an "issuer" beside its "subject"`);
  return { certificate: { san: [readSubject(as.subject, door)], issuer } };
}

/** The kind is the policy's where it names one; text with a scheme is a URI. */
function readSubject(subject: Extract<SignAs, { subject: unknown }>['subject'], door: string): SubjectAlternativeName {
  if (typeof subject === 'object' && subject !== null) {
    checkOptions<Record<string, unknown>>({ ...subject }, { email: aText, uri: aText }, `${door}.as.subject`);
    const [kind, value] = 'email' in subject ? (['email', subject.email] as const) : (['uri', subject.uri] as const);
    requireText(value, door, `as.subject.${kind}`);
    return { kind, value };
  }
  requireText(subject, door, 'as.subject');
  return { kind: subject.includes('://') ? 'uri' : 'email', value: subject };
}

function refuseMissing(value: unknown, members: readonly string[], path: string, made: string): void {
  if (typeof value !== 'object' || value === null || !members.every((member) => member in value))
    throw optionError('invalid-option', `${path} must be what ${made} gives`);
}
