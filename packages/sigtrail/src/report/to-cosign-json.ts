import { CLAIM_OIDS } from '@sigtrail/fulcio-claims/extensions';
import type { AcceptedSignature, ImageReport } from '../report.ts';

/** Claims that cosign prints by OID and by name: those of its own time, 1.2 to 1.6. */
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
 * escaped as Go does. For bundles cosign leaves out who signed and where it is logged: `Subject`, `Issuer`,
 * `githubWorkflow*` and `Bundle.Payload.logIndex` are added.
 */
export function toCosignJson(report: ImageReport): string {
  return encode(report.signatures.map((signature) => elementOf(signature, report)));
}

function elementOf(signature: AcceptedSignature, report: ImageReport): unknown {
  const payload = decodePayload(signature);
  const isLegacy = signature.format === 'cosign-signature';
  const critical = {
    identity: { 'docker-reference': isLegacy ? (signature.dockerReference ?? '') : report.requested },
    image: { 'docker-manifest-digest': isLegacy ? payload.digest : (report.digest ?? '') },
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

function decodePayload({ payload, format }: AcceptedSignature): {
  readonly digest: string;
  readonly type: string;
  readonly optional: Readonly<Record<string, unknown>>;
} {
  if (format !== 'cosign-signature' || payload === undefined) return { digest: '', type: '', optional: {} };
  // The verifier parsed these very bytes strictly before it accepted the signature.
  const document = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as {
    critical: { image: { 'docker-manifest-digest': string }; type: string };
    optional?: Record<string, unknown> | null;
  };
  return {
    digest: document.critical.image['docker-manifest-digest'],
    type: document.critical.type,
    optional: document.optional ?? {},
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

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON as Go's encoder writes maps. The struct of `Bundle` keeps its own order. */
function encode(value: unknown): string {
  return JSON.stringify(sorted(value)).replaceAll(/[<>&\u2028\u2029]/g, (character) => ESCAPES[character] ?? character);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.some(([key]) => key === 'SignedEntryTimestamp' || key === 'integratedTime' || key === 'logID'))
    return value;
  return Object.fromEntries(
    entries
      .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
