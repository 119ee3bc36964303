import { createHash } from 'node:crypto';
import { parseJsonStrict, requireObject, sameBytes } from '@sigtrail/encoding';
import { decodeBase64At, formatMemberPath, readTimeRange, splitJsonLines } from '@sigtrail/encoding/documents';
import { readTrustedLogs, type TrustedLogs } from '@sigtrail/rekor/trusted-logs';
import * as z from 'zod';
import { type Certificate, parseCertificate } from '../crypto/certificate.ts';
import { SigtrailError } from '../error.ts';
import type { AuthorityChain } from '../establish/chain.ts';
import { toSigtrailError } from '../lower-errors.ts';
import { AUTHORITY_PROFILES, type AuthorityProfile, type Relaxation, RELAXATIONS } from './profile.ts';
import { type CertificateAuthority, markTrustedRoot, PROFILED_MEDIA_TYPE, type TrustedRoot } from './trusted-root.ts';

const Time: z.ZodType<string> = z.lazy(() => z.iso.datetime({ offset: true }));
// `start` is required: a missing start would mean "always", and accept what was issued before the authority existed.
const Window = z.lazy(() => z.object({ start: Time, end: Time.nullish() }));
const Bytes = z.lazy(() => z.string().min(1).max(100_000));
// Protobuf writes a missing operator as an empty text.
const Operator = z.lazy(() => z.string().max(2048).nullish());
const Authority = z.lazy(() =>
  z.object({
    subject: z.object({ organization: z.string().nullish(), commonName: z.string().nullish() }).nullish(),
    uri: z.string().max(2048).default(''),
    certChain: z.object({
      certificates: z
        .array(z.object({ rawBytes: Bytes }))
        .min(1)
        .max(16),
    }),
    validFor: Window,
    operator: Operator,
    profile: z.enum(AUTHORITY_PROFILES).optional(),
    relax: z.array(z.enum(RELAXATIONS)).max(RELAXATIONS.length).optional(),
  }),
);
const Schema = z.lazy(() =>
  z.object({
    mediaType: z.string(),
    certificateAuthorities: z.array(Authority).max(64).default([]),
    timestampAuthorities: z.array(Authority).max(64).default([]),
  }),
);

/**
 * Validates a trusted root strictly: a closed list of media types, `validFor.start` on every key and authority, keys
 * of the type that they claim, no duplicate JSON keys. `profile` is the profile of its certificate authorities, `fulcio` by default;
 * `relax` is what their signatures need not have.
 *
 * @throws SigtrailError `invalid-trusted-root` with `path`, the place in the document
 */
export function parseTrustedRoot(
  input: string | Uint8Array | Readonly<Record<string, unknown>>,
  profile?: AuthorityProfile,
  relax: readonly Relaxation[] = [],
): TrustedRoot {
  if (typeof input !== 'string') requireObject(input, 'parseTrustedRoot', 'input');
  const text =
    typeof input === 'string'
      ? input
      : input instanceof Uint8Array
        ? Buffer.from(input).toString('utf8')
        : JSON.stringify(input);
  if (text.length > 4 * 1024 * 1024) throw fault('', 'it is larger than 4 MiB');
  const document = parseJson(text);
  const logs = readLogs(document);
  const parsed = Schema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fault(formatMemberPath(issue?.path ?? []), issue?.message ?? 'invalid');
  }
  const root = parsed.data;
  const isOurs = root.mediaType === PROFILED_MEDIA_TYPE;
  // A profile can lower the requirements, so it comes from the caller, or from a document that only we write.
  const stated = isOurs
    ? root.certificateAuthorities
    : root.certificateAuthorities.map((authority) => ({
        ...authority,
        profile: profile ?? ('fulcio' as const),
        relax: [...relax],
      }));
  const authorities = stated.map((authority, index) => readCertificateAuthority(authority, index));
  return markTrustedRoot({
    certificateAuthorities: authorities,
    timestampAuthorities: root.timestampAuthorities.map((authority, index) =>
      readAuthority(authority, `timestampAuthorities[${index}]`),
    ),
    ...logs,
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    json: isOurs || profile === undefined ? text : writeProfiles(document as Document, profile, relax),
    original: text,
    documents: [
      {
        text,
        ...(profile === undefined ? {} : { profile }),
        ...(relax.length === 0 ? {} : { relax: [...relax] }),
      },
    ],
  });
}

type Document = { readonly certificateAuthorities?: readonly object[] };

/** Adds the profile to each certificate authority. Everything else stays as it is, including fields that only other readers know. */
function writeProfiles(document: Document, profile: AuthorityProfile, relax: readonly Relaxation[]): string {
  const { certificateAuthorities = [] } = document;
  return JSON.stringify({
    ...document,
    mediaType: PROFILED_MEDIA_TYPE,
    certificateAuthorities: certificateAuthorities.map((authority) => ({ ...authority, profile, relax })),
  });
}

function readCertificateAuthority(authority: z.infer<typeof Authority>, index: number): CertificateAuthority {
  const path = `certificateAuthorities[${index}]`;
  const { profile, relax = [] } = authority;
  if (profile === undefined) throw fault(`${path}.profile`, `missing; expected ${AUTHORITY_PROFILES.join(', ')}`);
  if (relax.length > 0 && profile !== 'pki') throw fault(`${path}.relax`, 'only profile "pki" can be relaxed');
  return { ...readAuthority(authority, path), profile, relax };
}

function parseJson(text: string): unknown {
  try {
    return parseJsonStrict(text);
  } catch (cause) {
    const { length } = splitJsonLines(text);
    throw new SigtrailError(
      'invalid-trusted-root',
      length > 1
        ? `the text has ${length} JSON documents, one per line, but only one was expected; trustRoot.fromJson reads them all`
        : 'the trusted root is not JSON; expected a trusted_root.json document',
      { cause },
    );
  }
}

function readLogs(document: unknown): TrustedLogs {
  // A text would be parsed as a document again.
  if (typeof document !== 'object' || document === null)
    throw fault('', `expected an object, got ${document === null ? 'null' : `a ${typeof document}`}`);
  try {
    return readTrustedLogs(document as Readonly<Record<string, unknown>>);
  } catch (cause) {
    throw toSigtrailError(cause, 'the trusted root');
  }
}

function readAuthority(authority: z.infer<typeof Authority>, path: string): AuthorityChain {
  const certificates = authority.certChain.certificates.map(({ rawBytes }, index) => {
    const place = `${path}.certChain.certificates[${index}]`;
    try {
      return parseCertificate(decodeBase64At(rawBytes, `${place}.rawBytes`, fault));
    } catch (cause) {
      throw fault(place, cause instanceof Error ? cause.message : 'not a certificate', cause);
    }
  });
  const turned = certificates.findIndex((one, index) => isAboveNext(one, certificates[index + 1]));
  if (turned >= 0)
    throw fault(
      `${path}.certChain.certificates`,
      `the chain is written root first: certificate ${turned} issued certificate ${turned + 1}; expected the root last, as in protobuf-specs "X509CertificateChain"`,
    );
  return {
    uri: authority.uri,
    ...operatorOf(authority),
    certificates,
    validFor: readTimeRange(authority.validFor, `${path}.validFor`, fault),
  };
}

/** Compares names. Readers that reorder such a chain would trust different certificates as anchors from readers that don't. */
function isAboveNext(certificate: Certificate, next: Certificate | undefined): boolean {
  if (next === undefined) return false;
  const isIssuer = sameBytes(certificate.subject, next.issuer);
  return isIssuer && !sameBytes(next.subject, certificate.issuer);
}

function operatorOf({ operator }: { readonly operator?: string | null | undefined }): { readonly operator?: string } {
  return operator == null || operator.trim() === '' ? {} : { operator };
}

function fault(path: string, why: string, cause?: unknown): SigtrailError {
  return new SigtrailError(
    'invalid-trusted-root',
    `the trusted root is invalid${path === '' ? '' : ` at ${path}`}: ${why}`,
    { path, ...(cause === undefined ? {} : { cause }) },
  );
}
