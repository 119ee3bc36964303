import { requireObject } from '@sigtrail/encoding';
import { X509Certificate } from 'node:crypto';
import {
  type EntryCheck,
  encodePem,
  type Provenance,
  type RekorEntry,
  toTransparencyLogEntry,
  type TransparencyLogEntryJson,
  whyUnread,
} from '@sigtrail/rekor';
import type { VerifiedTime } from '../report/report.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import { bodyHashes } from '../track/body-hashes.ts';
import { ago } from './ago.ts';
import { createSignatures } from '../establish/signatures.ts';
import { describeSigners } from '../track/describe-signers.ts';
import type { TrackedSigner } from '../track/image-track.ts';
import { statementPayload } from '../track/known-payload.ts';

/** One field of an entry, with its provenance. */
export interface EntryField {
  readonly name: string;
  /** From strangers: escape it before you print it on a terminal. */
  readonly value: string;
  readonly provenance: Provenance;
  readonly link?: string;
}

/** Everything that the search page shows about an entry, each value with a mark that the search page lacks. Plain JSON. */
export interface EntryView {
  readonly schemaVersion: 1;
  readonly url: string;
  readonly version: 1 | 2;
  /** RFC 3339: the given clock, which the times are relative to. */
  readonly describedAt: string;
  /** RFC 3339. Its field says how far it can be trusted; Rekor v2 has none. */
  readonly integratedTime?: string;
  readonly fields: readonly EntryField[];
  readonly signers: readonly {
    readonly signer: TrackedSigner;
    readonly fields: readonly EntryField[];
    /** RFC 3339, from the certificate. Absent for a key, and for a certificate that can't be read. */
    readonly validity?: { readonly notBefore: string; readonly notAfter: string };
    /** PEM, as the log keeps it. */
    readonly pem: string;
  }[];
  /** Why the body can't be read: its signer and subject are unknown. */
  readonly unread?: string;
  /** The canonicalised body, parsed; as text if it is not JSON. */
  readonly body: unknown;
  /** What was attested, if the log keeps it. */
  readonly attestation?: { readonly provenance: Provenance; readonly value: unknown };
  readonly checks: readonly EntryCheck[];
  /** The entry as a bundle carries it, with its proofs: keep it, and verify it offline. */
  readonly evidence: TransparencyLogEntryJson;
}

/**
 * Shows an entry to people: the fields of search.sigstore.dev, marked `proven`, `asserted` by the log, or `unproven`. Names in a certificate are
 * proven when an authority of the trusted root issued it and it was valid when the log took it.
 */
export async function describeEntry(
  entry: RekorEntry,
  context: { readonly trust: TrustedRoot; readonly now: Date },
): Promise<EntryView> {
  requireObject(entry, 'describeEntry', 'entry', ['body', 'place']);
  requireObject(context, 'describeEntry', 'context', ['trust', 'now']);
  const { trust, now } = context;
  const { contents, provenance, place, attestation, integratedTime } = entry;
  const time = integratedTime === undefined ? undefined : new Date(integratedTime * 1000).toISOString();
  const times: readonly VerifiedTime[] =
    time === undefined || provenance.integratedTime !== 'asserted'
      ? []
      : [{ time, source: 'log', authority: place.url }];
  const payload = attestation === undefined ? undefined : statementPayload(attestation);
  const described = await describeSigners(contents, { trust, times, payload, now, signatures: createSignatures() });
  const signatures = contents.kind === 'unknown' ? [] : contents.signatures;
  const unread = whyUnread(contents);
  return {
    schemaVersion: 1,
    url: place.url,
    version: place.version,
    describedAt: now.toISOString(),
    ...(time === undefined ? {} : { integratedTime: time }),
    fields: fieldsOf(entry, time, now),
    signers: signatures.flatMap(({ signature, verifier }, index) => {
      const signer = described[index];
      if (signer === undefined) return [];
      const fields = [
        ...(signature === undefined
          ? []
          : [{ name: 'Signature', value: Buffer.from(signature).toString('base64'), provenance: provenance.body }]),
        {
          name: 'Signature verified',
          value: signer.signature,
          provenance: signer.signature === 'verified' ? 'proven' : 'unproven',
        } as const,
        ...(verifier.kind === 'certificate'
          ? certificateFields(verifier.der, signer, provenance.body, now)
          : [keyField(signer, provenance.body)]),
      ];
      const validity = verifier.kind === 'certificate' ? validityOf(verifier.der) : undefined;
      return [{ signer, fields, ...(validity === undefined ? {} : { validity }), pem: encodePem(verifier) }];
    }),
    ...(unread === undefined ? {} : { unread }),
    body: parsed(entry.body),
    ...(attestation === undefined
      ? {}
      : { attestation: { provenance: provenance.attestation ?? 'unproven', value: parsed(attestation) } }),
    checks: entry.checks,
    evidence: toTransparencyLogEntry(entry),
  };
}

function fieldsOf(entry: RekorEntry, time: string | undefined, now: Date): readonly EntryField[] {
  const { contents, provenance, place, searchUrl } = entry;
  const name = contents.kind === 'unknown' ? contents.name : contents.kind;
  const link = searchUrl === undefined ? {} : { link: searchUrl };
  return [
    { name: 'Entry UUID', value: entry.uuid, provenance: provenance.body },
    { name: 'Type', value: `${name} ${contents.apiVersion}`, provenance: provenance.body },
    { name: 'Log index', value: String(entry.logIndex), provenance: provenance.logIndex, ...link },
    ...(entry.treeIndex === undefined
      ? []
      : [{ name: 'Index in tree', value: String(entry.treeIndex), provenance: provenance.treeIndex ?? 'unproven' }]),
    ...(place.treeId === undefined
      ? []
      : [{ name: 'Tree', value: place.treeId, provenance: provenance.treeId ?? 'unproven' }]),
    ...(place.origin === undefined ? [] : [{ name: 'Origin', value: place.origin, provenance: provenance.body }]),
    { name: 'Log id', value: entry.logId, provenance: provenance.body },
    time === undefined
      ? { name: 'Integrated time', value: 'none: Rekor v2 keeps no time', provenance: 'unproven' }
      : {
          name: 'Integrated time',
          value: `${time} (${ago(time, now.toISOString())})`,
          provenance: provenance.integratedTime ?? 'unproven',
        },
    ...bodyHashes(contents).map((value) => ({ name: 'Hash', value, provenance: provenance.body })),
    ...(entry.witnesses.length === 0
      ? []
      : [{ name: 'Witnesses', value: entry.witnesses.join(', '), provenance: 'proven' as const }]),
  ];
}

function keyField({ fingerprint }: TrackedSigner, provenance: Provenance): EntryField {
  return { name: 'Public key', value: fingerprint, provenance };
}

function certificateFields(
  der: Uint8Array,
  signer: TrackedSigner,
  recorded: Provenance,
  now: Date,
): readonly EntryField[] {
  const who: Provenance = signer.identity === 'proven' ? 'proven' : 'unproven';
  const field = (name: string, value: string): EntryField => ({ name, value, provenance: who });
  return [
    { name: 'Certificate', value: signer.fingerprint, provenance: recorded },
    ...x509Fields(der, now).map(([name, value]) => field(name, value)),
    ...signer.subjectAlternativeNames.map(({ kind, value }) => field(`Name (${kind})`, value)),
    ...Object.entries(signer.claims ?? {}).map(([name, value]) =>
      field(name, typeof value === 'string' ? value : JSON.stringify(value)),
    ),
    ...(signer.why === undefined ? [] : [field('Not proven because', signer.why)]),
  ];
}

function validityOf(der: Uint8Array): { readonly notBefore: string; readonly notAfter: string } | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(der);
    return { notBefore: new Date(validFrom).toISOString(), notAfter: new Date(validTo).toISOString() };
  } catch {
    return undefined; // its fields say that it can't be read
  }
}

function x509Fields(der: Uint8Array, now: Date): readonly (readonly [string, string])[] {
  try {
    const certificate = new X509Certificate(der);
    const timeInWords = (text: string): string => {
      const time = new Date(text).toISOString();
      return `${time} (${ago(time, now.toISOString())})`;
    };
    const oneLine = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ') || 'none';
    return [
      ['Serial number', certificate.serialNumber],
      ['Issuer', oneLine(certificate.issuer)],
      ['Subject', oneLine(certificate.subject)],
      ['Valid from', timeInWords(certificate.validFrom)],
      ['Valid to', timeInWords(certificate.validTo)],
      [
        'Key',
        [certificate.publicKey.asymmetricKeyType, certificate.publicKey.asymmetricKeyDetails?.namedCurve]
          .filter((part) => part !== undefined)
          .join(' '),
      ],
    ];
  } catch {
    return [['Certificate', 'can’t be read']];
  }
}

/** Rekor sometimes stores attestations as base64 of base64. */
function parsed(bytes: Uint8Array): unknown {
  let text = Buffer.from(bytes).toString('utf8');
  for (let unwrapped = 0; unwrapped < 3; unwrapped++) {
    try {
      return JSON.parse(text);
    } catch {
      if (!/^[A-Za-z0-9+/=\s]+$/.test(text)) return text;
      text = Buffer.from(text, 'base64').toString('utf8');
    }
  }
  return text;
}
