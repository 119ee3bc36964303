import { createHash } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
import type { TrustedRoot as Document } from '@sigstore/protobuf-specs';
import { type SignedEntity, VerificationError } from '@sigstore/verify';
import { joinMarks, operatorMarks } from '../trust/party.ts';

/** How many parties must vouch for a signature. */
export interface Thresholds {
  readonly log: number;
  readonly sct: number;
  /** Logs and timestamp authorities that vouch for a time. */
  readonly time: number;
  readonly tsa: number;
}

/** Who runs which log and authority, from the document, for `@sigstore/verify`. Each party is the set of its marks. */
export interface DocumentParties {
  readonly logs: ReadonlyMap<string, ReadonlySet<string>>;
  readonly certificateTransparencyLogs: ReadonlyMap<string, ReadonlySet<string>>;
  readonly timestampAuthorities: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Reads operators, keys and anchors off the document. */
export function readParties(
  { tlogs, ctlogs }: Pick<Document, 'tlogs' | 'ctlogs'>,
  authorities: readonly { readonly operator: string; readonly certChain: readonly X509Certificate[] }[],
): DocumentParties {
  const marksOfLog = ({ publicKey, operator }: Document['tlogs'][number]): readonly string[] => [
    `key ${digest(publicKey?.rawBytes ?? new Uint8Array())}`,
    ...operatorMarks(operator),
  ];
  const marksOfAuthority = ({ certChain, operator }: (typeof authorities)[number]): readonly string[] => [
    ...certChain.map(({ publicKey }) => `anchor ${digest(publicKey)}`),
    ...operatorMarks(operator),
  ];
  const joined = joinMarks([...[...tlogs, ...ctlogs].map(marksOfLog), ...authorities.map(marksOfAuthority)]);
  const partyOf = ([mark = '']: readonly string[]): ReadonlySet<string> => joined.get(mark) ?? new Set([mark]);
  const logParties = (logs: Document['tlogs']): ReadonlyMap<string, ReadonlySet<string>> =>
    new Map(logs.map((log) => [hex((log.checkpointKeyId ?? log.logId)?.keyId), partyOf(marksOfLog(log))]));
  return {
    logs: logParties(tlogs),
    certificateTransparencyLogs: logParties(ctlogs),
    timestampAuthorities: new Map(
      authorities.map((authority) => [nameOfSigner(authority.certChain[0]), partyOf(marksOfAuthority(authority))]),
    ),
  };
}

/**
 * `@sigstore/verify` counts pieces of evidence; a threshold is about parties. Checked after it has verified every piece.
 *
 * @throws VerificationError if there are too few, like `@sigstore/verify`
 */
export function checkParties(entity: SignedEntity, parties: DocumentParties, least: Thresholds): void {
  const logs = entity.tlogEntries.map(({ logId }) => parties.logs.get(hex(logId.keyId)));
  const stamps = entity.timestamps.flatMap((time) =>
    time.$case === 'timestamp-authority'
      ? [
          parties.timestampAuthorities.get(
            `${hex(time.timestamp.signerIssuer)} ${hex(time.timestamp.signerSerialNumber)}`,
          ),
        ]
      : [],
  );
  const clocks = entity.timestamps.flatMap((time) =>
    time.$case === 'transparency-log' && time.tlogEntry.inclusionPromise !== undefined
      ? [parties.logs.get(hex(time.tlogEntry.logId.keyId))]
      : [],
  );
  const scts =
    entity.key.$case === 'certificate' ? (entity.key.certificate.extSCT?.signedCertificateTimestamps ?? []) : [];
  count('TLOG_ERROR', 'transparency logs', logs, least.log);
  count('TIMESTAMP_ERROR', 'verified times', [...clocks, ...stamps], least.time);
  count('TIMESTAMP_ERROR', 'timestamp authorities', stamps, least.tsa);
  if (entity.key.$case === 'certificate')
    count(
      'CERTIFICATE_ERROR',
      'CT logs',
      scts.map(({ logID }) => parties.certificateTransparencyLogs.get(hex(logID))),
      least.sct,
    );
}

function count(
  code: 'TLOG_ERROR' | 'TIMESTAMP_ERROR' | 'CERTIFICATE_ERROR',
  what: string,
  found: readonly (ReadonlySet<string> | undefined)[],
  least: number,
): void {
  const parties = new Set(found.filter((party) => party !== undefined)).size;
  if (parties < least)
    throw new VerificationError({ code, message: `expected ${what} of ${least} parties, got ${parties}` });
}

function nameOfSigner(signer: X509Certificate | undefined): string {
  return signer === undefined ? '' : `${hex(signer.issuer)} ${hex(signer.serialNumber)}`;
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
