import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aCount, aDate, aList, anObject, anything } from '../option-checks.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { type CtLog, createCtLog, type SctRequest, sctListExtension, signSct } from './ct-log.ts';
import { utf8String } from './der.ts';
import { GITHUB_ISSUER, githubWorkflowIdentity } from './github-workflow-run.ts';
import { generateKeyPair, KEY_KIND, type KeyKind, type KeyPair } from './key-pair.ts';
import { toPem } from './pem.ts';
import { type SubjectAlternativeName, subjectAlternativeNames } from './subject-alternative-name.ts';
import { wholeSecond } from './validity.ts';
import {
  authorityKeyIdentifier,
  type ExtensionParts,
  certificateFields,
  extendedKeyUsage,
  type KeyUsage,
  keyUsage,
  randomSerialNumber,
  signCertificate,
  subjectKeyIdentifier,
} from './x509.ts';

/** A leaf. Without `san` it is what Fulcio gives the default run of a GitHub workflow, with its claims; what is given takes their place one by one. */
export interface CertificateOptions {
  /** Names in the certificate, or `[]` for no extension at all; default `GITHUB_WORKFLOW`, and then with the claims of that run. */
  readonly san?: readonly SubjectAlternativeName[];
  /** OIDC issuer, in both the old (raw, …57264.1.1) and the new (UTF8String, .1.8) extension; or each on its own. */
  readonly issuer?: string | { readonly v1?: string; readonly v2?: string };
  /** Further Fulcio claims, OID → text: raw bytes for .1.1 to .1.6, UTF8String for later ones. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Extended key usages; default codeSigning; `[]` for no extension. */
  readonly eku?: readonly string[];
  /** Default digitalSignature; `[]` for no extension. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Anything else, critical or not. */
  readonly extensions?: readonly ExtensionParts[];
  readonly notBefore?: Date;
  /** Default ten minutes. */
  readonly ttlMs?: number;
  /** A key of your own, or the kind of a fresh one. */
  readonly key?: KeyPair;
  readonly kind?: KeyKind;
  /** SCTs: default one of the sigstore's log. */
  readonly scts?: 'none' | 'corrupt' | 'unknown-log' | readonly SctRequest[];
  /** Who issues it; default the sigstore's CA. */
  readonly authority?: CertificateAuthority;
}

const CERTIFICATE_OPTIONS: OptionTable<CertificateOptions> = {
  san: aList,
  issuer: anything,
  claims: anObject,
  eku: aList,
  keyUsage: aList,
  extensions: aList,
  notBefore: aDate,
  ttlMs: aCount,
  key: anObject,
  kind: KEY_KIND,
  scts: anything,
  authority: anObject,
};

/** A certificate with the key that signs under it. */
export interface IssuedCertificate {
  readonly key: KeyPair;
  readonly der: Buffer;
  readonly pem: string;
  /** DER of its issuers, nearest first and root last, without the certificate itself. */
  readonly chain: readonly Buffer[];
}

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const CLAIMS = '1.3.6.1.4.1.57264.1';

/** Issues a leaf: first the precertificate that the CT logs sign, then the certificate with their SCTs. */
export async function issueCertificate(
  options: CertificateOptions,
  defaults: { readonly authority: CertificateAuthority; readonly ctLog: CtLog; readonly now: Date },
): Promise<IssuedCertificate> {
  checkOptions(options, CERTIFICATE_OPTIONS, 'issueCertificate');
  const authority = options.authority ?? defaults.authority;
  const notBefore = wholeSecond(options.notBefore ?? defaults.now);
  const key = options.key ?? generateKeyPair(options.kind);
  const parts = {
    serialNumber: randomSerialNumber(),
    issuer: authority.issuerName,
    publicKey: key,
    signer: authority.key,
    notBefore,
    notAfter: new Date(notBefore.getTime() + (options.ttlMs ?? 600_000)),
    extensions: leafExtensions(options, key, authority.key),
  };
  const precertificate = await signCertificate(parts);
  const { tbs } = certificateFields(precertificate);
  const scts = requestedScts(options.scts, defaults.ctLog).map((request) =>
    signSct({ ...request, at: request.at ?? notBefore }, tbs, authority.key),
  );
  const der =
    scts.length === 0
      ? precertificate
      : await signCertificate({ ...parts, extensions: [...parts.extensions, sctListExtension(scts)] });
  return { key, der, pem: toPem('CERTIFICATE', der), chain: authority.chain };
}

function leafExtensions(options: CertificateOptions, key: KeyPair, issuer: KeyPair): readonly ExtensionParts[] {
  const { eku = [CODE_SIGNING] } = options;
  const run = githubWorkflowIdentity({}, 'issueCertificate');
  const { san, claims } = options.san === undefined ? run : { san: options.san, claims: {} };
  const usages = options.keyUsage ?? ['digitalSignature'];
  return [
    ...(usages.length === 0 ? [] : [keyUsage(usages)]),
    ...(eku.length === 0 ? [] : [extendedKeyUsage(eku)]),
    subjectKeyIdentifier(key),
    authorityKeyIdentifier(issuer),
    ...(san.length === 0 ? [] : [subjectAlternativeNames(san)]),
    ...Object.entries({ ...issuerClaims(options.issuer), ...claims, ...options.claims }).map(claimExtension),
    ...(options.extensions ?? []),
  ];
}

function issuerClaims(issuer: CertificateOptions['issuer'] = GITHUB_ISSUER): Readonly<Record<string, string>> {
  const { v1, v2 } = typeof issuer === 'string' ? { v1: issuer, v2: issuer } : issuer;
  return { ...(v1 === undefined ? {} : { [`${CLAIMS}.1`]: v1 }), ...(v2 === undefined ? {} : { [`${CLAIMS}.8`]: v2 }) };
}

/** The first six claims are the bytes of the text, without any DER: fulcio/docs/oid-info.md. */
function claimExtension([oid, text]: readonly [string, string]): ExtensionParts {
  const raw = /^1\.3\.6\.1\.4\.1\.57264\.1\.[1-6]$/.test(oid);
  return { oid, value: raw ? Buffer.from(text) : utf8String(text) };
}

function requestedScts(wanted: CertificateOptions['scts'], log: CtLog): readonly SctRequest[] {
  if (wanted === undefined) return [{ log }];
  if (wanted === 'none') return [];
  if (wanted === 'corrupt') return [{ log, corrupt: true }];
  if (wanted === 'unknown-log') return [{ log: createCtLog({ baseUrl: 'https://ct.unknown.test/log' }) }];
  return wanted;
}
