import { requireObject } from '@sigtrail/encoding';
import { CLAIM_OIDS } from '@sigtrail/fulcio-claims/extensions';
import { readReference } from '../read-reference.ts';
import type { VerifiedImageReport } from '../report/image-report.ts';
import type { VerifiedPlatformsReport } from '../report/platforms-report.ts';
import type { AcceptedSignature } from '../report/report.ts';
import { safeText } from './safe-text.ts';

/** Claims that cosign prints by OID and by name: the ones that it knew first, 1.2 to 1.6. */
const GITHUB_CLAIMS = [
  'githubWorkflowTrigger',
  'githubWorkflowSha',
  'githubWorkflowName',
  'githubWorkflowRepository',
  'githubWorkflowRef',
] as const;
/** cosign's order of kinds for `Subject`. */
const SUBJECT_ORDER = ['dns', 'email', 'ip', 'uri', 'other-name'] as const;
const ISSUER_OID = '1.3.6.1.4.1.57264.1.1';

/**
 * The JSON that `cosign verify` prints, one line, for the accepted signatures: keys sorted bytewise, `<`, `>` and `&`
 * escaped as Go does, and besides what a terminal would obey. For bundles cosign leaves out who signed and where it is logged: `Subject`, `Issuer`,
 * `githubWorkflow*` and `Bundle.Payload.logIndex` are added.
 */
export function toCosignJson(report: VerifiedImageReport | VerifiedPlatformsReport): string {
  requireObject(report, 'toCosignJson', 'report', ['kind', 'signatures']);
  const structs = new Set<unknown>(
    report.signatures.flatMap(({ cosignBundle }) =>
      cosignBundle === undefined ? [] : [cosignBundle, cosignBundle.Payload],
    ),
  );
  const json = encode(
    report.signatures.map((signature) => elementOf(signature, report)),
    structs,
  );
  return safeText(json.replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`));
}

function elementOf(signature: AcceptedSignature, report: VerifiedImageReport | VerifiedPlatformsReport): unknown {
  const payload = decodePayload(signature);
  // For a signature of an attestation manifest, the payload is the statement that this manifest lists.
  const isLegacy = signature.format === 'cosign-signature' && signature.through === undefined;
  const critical = {
    identity: { 'docker-reference': isLegacy ? (signature.dockerReference ?? '') : requestedName(report) },
    image: { 'docker-manifest-digest': isLegacy ? payload.digest : digestOf(signature, report) },
    type: isLegacy ? payload.type : (signature.predicateType ?? ''),
  };
  const optional = {
    ...(isLegacy ? payload.optional : signature.annotations),
    ...signerFields(signature),
    ...evidenceFields(signature),
  };
  // Go prints a nil map as null: a key signature without annotations and log entry.
  return { critical, optional: isLegacy && Object.keys(optional).length === 0 ? null : optional };
}

/** What the signature covers: a manifest of the index, or what the reference names. */
function digestOf(signature: AcceptedSignature, report: VerifiedImageReport | VerifiedPlatformsReport): string {
  const platforms = report.kind === 'platforms' ? report.platforms : [];
  const signed = platforms.find(
    ({ by, report: one }) =>
      by === 'own' &&
      one.signatures.some((own) => own.candidate === signature.candidate && own.signature === signature.signature),
  );
  return signed?.digest ?? report.digest;
}

/** The user's reference as cosign's library spells it: with registry, and with a tag unless a digest is given. */
function requestedName({ requested, repository }: VerifiedImageReport | VerifiedPlatformsReport): string {
  const asked = readReference(requested);
  if (asked.kind === 'layout') return requested;
  const { digest, tag = 'latest' } = asked.reference;
  return digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
}

function decodePayload({ payload, format, through }: AcceptedSignature): {
  readonly digest: string;
  readonly type: string;
  readonly optional: Readonly<Record<string, unknown>>;
} {
  if (format !== 'cosign-signature' || payload === undefined || through !== undefined)
    return { digest: '', type: '', optional: {} };
  // The verifier parsed these very bytes strictly before it accepted the signature: they have one spelling or the other.
  const { critical, Critical, optional, Optional } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as {
    readonly critical?: { readonly image: { readonly 'docker-manifest-digest': string }; readonly type: string };
    readonly Critical?: { readonly Image: { readonly 'Docker-manifest-digest': string }; readonly Type: string };
    readonly optional?: Readonly<Record<string, unknown>> | null;
    readonly Optional?: Readonly<Record<string, unknown>> | null;
  };
  return {
    digest: critical?.image['docker-manifest-digest'] ?? Critical?.Image['Docker-manifest-digest'] ?? '',
    type: critical?.type ?? Critical?.Type ?? '',
    optional: optional ?? Optional ?? {},
  };
}

function signerFields({ signer }: AcceptedSignature): Readonly<Record<string, string>> {
  if (signer.kind === 'key') return {};
  const subject = SUBJECT_ORDER.flatMap((kind) =>
    signer.subjectAlternativeNames.filter((name) => name.kind === kind),
  )[0]?.value;
  const { issuer } = signer.claims;
  return {
    ...(subject === undefined ? {} : { Subject: subject }),
    ...(issuer === undefined ? {} : { Issuer: issuer, [ISSUER_OID]: issuer }),
    ...Object.fromEntries(
      GITHUB_CLAIMS.flatMap((name) => {
        const value = signer.claims[name];
        return value === undefined ? [] : [[CLAIM_OIDS[name], value] as const, [name, value] as const];
      }),
    ),
  };
}

function evidenceFields(signature: AcceptedSignature): Readonly<Record<string, unknown>> {
  if (signature.format === 'cosign-signature')
    return {
      ...(signature.cosignBundle === undefined ? {} : { Bundle: signature.cosignBundle }),
      ...(signature.signedTimestamps[0] === undefined
        ? {}
        : { RFC3161Timestamp: { SignedRFC3161Timestamp: signature.signedTimestamps[0] } }),
    };
  const [entry] = signature.log;
  return entry === undefined
    ? {}
    : {
        Bundle: {
          Payload: {
            logIndex: entry.logIndex,
            logID: entry.logId,
            ...(entry.integratedTime === undefined ? {} : { integratedTime: Date.parse(entry.integratedTime) / 1000 }),
          },
        },
      };
}

/**
 * JSON as Go writes it: the keys of maps sorted bytewise, the fields of structs in their own order. Written by hand, because a
 * JavaScript object keeps no order for keys that look like numbers.
 */
function encode(value: unknown, structs: ReadonlySet<unknown>): string {
  if (Array.isArray(value)) return `[${value.map((member) => encode(member, structs)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  const ordered = structs.has(value)
    ? entries
    : entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${ordered.map(([key, member]) => `${JSON.stringify(key)}:${encode(member, structs)}`).join(',')}}`;
}
