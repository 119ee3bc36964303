import { requireList } from '@sigtrail/encoding';
import { CLAIM_OIDS, FULCIO_ARC, ISSUER_V1_OID, claimNames } from './claim-names.ts';
import type { ClaimName } from './claim-names.ts';
import { TAG, readDer } from './certificate/der.ts';
import type { CertificateExtension } from './certificate/extension.ts';
import { ClaimsError } from './error.ts';

/**
 * What a Fulcio certificate says about its requester. Unverified: true only if the certificate's chain, time and signature hold.
 * A claim that the certificate doesn't make is missing, never `''`.
 */
export interface FulcioClaims extends Readonly<Partial<Record<ClaimName, string>>> {
  /** OIDC issuer that vouched for the identity (1.8, or the deprecated 1.1). */
  readonly issuer?: string;
  /** 1.2, GitHub only: the event, for example `push`. */
  readonly githubWorkflowTrigger?: string;
  /** 1.3, GitHub only: the commit. */
  readonly githubWorkflowSha?: string;
  /** 1.4, GitHub only: the workflow's display name, which its author chose freely. */
  readonly githubWorkflowName?: string;
  /** 1.5, GitHub only: `owner/name`. */
  readonly githubWorkflowRepository?: string;
  /** 1.6, GitHub only: for example `refs/tags/v1.4`. */
  readonly githubWorkflowRef?: string;
  /** 1.9: the build instructions that signed; for a reusable workflow, the *called* one. */
  readonly buildSignerUri?: string;
  /** 1.10: the immutable version of those instructions. */
  readonly buildSignerDigest?: string;
  /** 1.11: `github-hosted` or `self-hosted`. */
  readonly runnerEnvironment?: string;
  /** 1.12: the repository the build ran for. */
  readonly sourceRepositoryUri?: string;
  /** 1.13: its commit. */
  readonly sourceRepositoryDigest?: string;
  /** 1.14: its branch or tag. */
  readonly sourceRepositoryRef?: string;
  /** 1.15: the host's immutable id of the repository: survives a rename, and taking over a freed name does not take over the id. */
  readonly sourceRepositoryIdentifier?: string;
  /** 1.16: the owner of the repository. */
  readonly sourceRepositoryOwnerUri?: string;
  /** 1.17: the host's immutable id of the owner. */
  readonly sourceRepositoryOwnerIdentifier?: string;
  /** 1.18: the top-level build configuration; for a reusable workflow, the *calling* one. */
  readonly buildConfigUri?: string;
  /** 1.19: its immutable version. */
  readonly buildConfigDigest?: string;
  /** 1.20: what started the build. */
  readonly buildTrigger?: string;
  /** 1.21: the page of the run. */
  readonly runInvocationUri?: string;
  /** 1.22: `public` or `private`, at the time of signing. */
  readonly sourceRepositoryVisibilityAtSigning?: string;
  /** 1.23: the deployment environment the job ran in. */
  readonly deploymentEnvironment?: string;
  /** 1.24: the `sub` claim of the token. */
  readonly tokenSubject?: string;
  /** Extensions of Fulcio's arc that this version doesn't know: base64 of the bytes, no meaning claimed. */
  readonly unknown?: readonly { readonly oid: string; readonly value: string }[];
}

// Extensions from before 2023 hold bare text although X.509 wants DER.
const RAW_TEXT_OIDS: ReadonlySet<string> = new Set([
  ISSUER_V1_OID,
  CLAIM_OIDS.githubWorkflowTrigger,
  CLAIM_OIDS.githubWorkflowSha,
  CLAIM_OIDS.githubWorkflowName,
  CLAIM_OIDS.githubWorkflowRepository,
  CLAIM_OIDS.githubWorkflowRef,
]);

/**
 * Decodes the Fulcio claims among a certificate's extensions. Shape checked, *not* verified: verify the certificate first.
 *
 * @throws ClaimsError `duplicate-extension` when any extension is there twice (RFC 5280 §4.2); `issuer-mismatch` when 1.1 and 1.8 differ;
 *   `invalid-der`, `invalid-text`
 * @example decodeClaims([{ oid: '1.3.6.1.4.1.57264.1.2', value: Buffer.from('push') }]) // { githubWorkflowTrigger: 'push' }
 */
export function decodeClaims(extensions: readonly Pick<CertificateExtension, 'oid' | 'value'>[]): FulcioClaims {
  requireList(extensions, 'decodeClaims', 'extensions');
  const seen = new Set<string>();
  const claims: Partial<Record<ClaimName, string>> = {};
  const unknown: { oid: string; value: string }[] = [];
  for (const { oid, value } of extensions) {
    // Readers disagree about whether the first or the last one counts.
    if (seen.has(oid)) throw new ClaimsError('duplicate-extension', `extension ${oid} appears twice`, { oid });
    seen.add(oid);
    if (!oid.startsWith(`${FULCIO_ARC}.`)) continue;
    const name = Object.hasOwn(claimNames, oid) ? claimNames[oid] : undefined;
    if (name === undefined) {
      unknown.push({ oid, value: Buffer.from(value).toString('base64') });
      continue;
    }
    const text = RAW_TEXT_OIDS.has(oid) ? decodeText(value, oid) : decodeUtf8String(value, oid);
    // Only the issuer has two extensions. A policy that reads one and a person who reads the other must see the same issuer.
    if (claims[name] !== undefined && claims[name] !== text) {
      throw new ClaimsError('issuer-mismatch', 'the two issuer extensions of the certificate differ', { oid });
    }
    claims[name] = text;
  }
  return unknown.length === 0 ? claims : { ...claims, unknown };
}

function decodeUtf8String(value: Uint8Array, oid: string): string {
  let tag: number;
  let contents: Uint8Array;
  try {
    ({ tag, contents } = readDer(value));
  } catch (cause) {
    throw new ClaimsError('invalid-der', `extension ${oid} is not DER`, { oid, cause });
  }
  if (tag !== TAG.utf8String) throw new ClaimsError('invalid-der', `extension ${oid} is not a UTF8String`, { oid });
  return decodeText(contents, oid);
}

function decodeText(bytes: Uint8Array, oid: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ClaimsError('invalid-text', `extension ${oid} is not valid UTF-8`, { oid, cause });
  }
}
