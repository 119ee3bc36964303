import { constants, createPublicKey, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
import type { SignedEntity, TrustMaterial } from '@sigstore/verify';
import type { PreparedTrust } from './prepare-trust.ts';
import { READ_KINDS, type ReadEntity } from './read-entity.ts';

/** What a refusal can be explained with. All of it as `@sigstore/verify` reads it. */
export interface RefusedCase {
  readonly read: ReadEntity;
  readonly trust: PreparedTrust;
  readonly material: TrustMaterial;
  /** The policy's key, for a signature without certificate. */
  readonly key: KeyObject | undefined;
  readonly isDigestOnly: boolean;
  /** cosign stamped the envelope, not the signature. */
  readonly hasEnvelopeTimestamps: boolean;
  /** No policy asked for a verified time, and it has none to hold the certificate against. */
  readonly isWithoutTime: boolean;
  readonly refusal: { readonly code: string | undefined; readonly message: string };
}

/** The closed list of what `@sigstore/verify` can't judge although we can. It only ever explains a refusal. */
export function whyNotApplicable(refused: RefusedCase): string | undefined {
  for (const explain of EXPLANATIONS) {
    const reason = explain(refused);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

type Explanation = (refused: RefusedCase) => string | undefined;

const EXPLANATIONS: readonly Explanation[] = [
  explainKey,
  explainEntries,
  explainCheckpointName,
  explainScts,
  explainAnchors,
  explainTimestamps,
];

function explainKey({ read, key, isDigestOnly, refusal: { code } }: RefusedCase): string | undefined {
  if (code !== 'SIGNATURE_ERROR' && code !== 'TLOG_BODY_ERROR') return undefined;
  const signer = signerKey(read.entity, key);
  if (signer?.asymmetricKeyType === 'ed25519') return '@sigstore/verify doesn’t verify Ed25519ph';
  if (read.bundle.content.$case !== 'dsseEnvelope' && !isDigestOnly) return undefined;
  if (signer === undefined) return undefined;
  if (signer.asymmetricKeyType === 'rsa')
    return isDigestOnly && isPadded(signer, read.entity.signature.signature)
      ? '@sigstore/verify doesn’t verify RSA-PSS signatures of a digest alone'
      : undefined;
  if (signer.asymmetricKeyDetails?.namedCurve === 'prime256v1') return undefined;
  const what = isDigestOnly ? 'a digest alone' : 'envelopes';
  return `@sigstore/verify verifies signatures of ${what} by P-256 and RSA PKCS #1 keys only, with SHA-256`;
}

/** Every PSS encoding ends so (RFC 8017 §9.1.1), and no PKCS #1 v1.5 encoding of a digest that was signed is one. */
function isPadded(key: KeyObject, signature: Buffer): boolean {
  try {
    return publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature).at(-1) === 0xbc;
  } catch {
    return false; // a number that this key never signed
  }
}

function signerKey({ key }: SignedEntity, named: KeyObject | undefined): KeyObject | undefined {
  return key.$case === 'public-key'
    ? named
    : createPublicKey({ key: key.certificate.publicKey, format: 'der', type: 'spki' });
}

function explainEntries({ read, trust, refusal: { code } }: RefusedCase): string | undefined {
  const lacksEntries = code === 'TLOG_ERROR' || code === 'TIMESTAMP_ERROR';
  if (!lacksEntries) return undefined;
  if (read.removedEntries.some(({ logId }) => trust.unreadLogs.has(logId.keyId.toString('hex'))))
    return '@sigstore/verify reads logs of P-256 and Ed25519 keys only';
  const unread = read.removedEntries.find(
    ({ logId, kindVersion: { kind, version } }) =>
      !READ_KINDS.has(`${kind}:${version}`) && trust.logs.some(({ logID }) => logID.equals(logId.keyId)),
  )?.kindVersion;
  return unread === undefined
    ? undefined
    : `@sigstore/verify doesn't read entries of kind ${unread.kind}:${unread.version}`;
}

/** Only where a trusted log's key did sign the checkpoint: a name alone explains nothing. */
function explainCheckpointName({ read, trust, refusal: { code } }: RefusedCase): string | undefined {
  if (code !== 'TLOG_INCLUSION_PROOF_ERROR' && code !== 'TLOG_ERROR' && code !== 'TIMESTAMP_ERROR') return undefined;
  const { tlogEntries } = read.bundle.verificationMaterial;
  const isNamedOtherwise = [...tlogEntries, ...read.removedEntries].some(({ inclusionProof }) => {
    const envelope = inclusionProof?.checkpoint?.envelope ?? '';
    const note = envelope.slice(0, envelope.indexOf('\n\n') + 1);
    return [...envelope.matchAll(/^\u2014 (\S+) (\S+)$/gm)].some(([, name = '', signature = '']) =>
      isFoundOtherwise(note, name, Buffer.from(signature, 'base64'), trust.logs),
    );
  });
  return isNamedOtherwise
    ? '@sigstore/verify looks for the name in a checkpoint inside the log’s `baseUrl`, and the trusted root has it nowhere'
    : undefined;
}

/** It asks the first log with this id that has the name in its `baseUrl`, and no other. */
function isFoundOtherwise(note: string, name: string, signature: Buffer, logs: TrustMaterial['tlogs']): boolean {
  const found = logs.find(
    ({ baseURL, logID }) => baseURL.includes(name) && logID.subarray(0, 4).equals(signature.subarray(0, 4)),
  );
  return logs.some((log) => log !== found && holds(note, log.publicKey, signature.subarray(4)));
}

function holds(note: string, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify(undefined, Buffer.from(note, 'utf8'), key, signature);
  } catch {
    return false; // an encoding that no signature of this key has
  }
}

function explainScts({ read, material, refusal: { message } }: RefusedCase): string | undefined {
  const { key } = read.entity;
  if (message !== 'SCT verification failed' || key.$case !== 'certificate') return undefined;
  const scts = key.certificate.extSCT?.signedCertificateTimestamps ?? [];
  return scts.some(({ logID }) => !material.ctlogs.some((log) => log.logID.equals(logID)))
    ? '@sigstore/verify refuses a certificate with any SCT of an unknown CT log'
    : undefined;
}

/** Only where such an authority did issue the certificate. */
function explainAnchors({ read, material, refusal: { message } }: RefusedCase): string | undefined {
  const { key } = read.entity;
  if (message !== 'Failed to verify certificate chain' || key.$case !== 'certificate') return undefined;
  const { certificate } = key;
  return material.certificateAuthorities.some(
    ({ certChain }) => !isSelfSigned(certChain.at(-1)) && certChain.some((issuer) => isIssuedBy(certificate, issuer)),
  )
    ? NEEDS_SELF_SIGNED
    : undefined;
}

const NEEDS_SELF_SIGNED = '@sigstore/verify needs self-signed anchors';

function explainTimestamps(refused: RefusedCase): string | undefined {
  const { material, read, hasEnvelopeTimestamps, isWithoutTime, refusal } = refused;
  if (isWithoutTime && refusal.code === 'CERTIFICATE_ERROR')
    return '@sigstore/verify needs a verified time for a certificate';
  if (refusal.code !== 'TIMESTAMP_ERROR') return undefined;
  if (hasEnvelopeTimestamps)
    return '@sigstore/verify looks for timestamps of the signature, and cosign’s are of the envelope';
  const isAnchored = read.entity.timestamps.every(
    (time) =>
      time.$case === 'transparency-log' ||
      material.timestampAuthorities.some(
        ({ certChain }) =>
          certChain[0]?.serialNumber.equals(time.timestamp.signerSerialNumber) === true &&
          certChain.length > 1 &&
          isSelfSigned(certChain.at(-1)),
      ),
  );
  return isAnchored ? undefined : `${NEEDS_SELF_SIGNED} of timestamp authorities`;
}

function isSelfSigned(certificate: X509Certificate | undefined): boolean {
  return certificate !== undefined && certificate.subject.equals(certificate.issuer) && certificate.verify();
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.issuer.equals(issuer.subject) && certificate.verify(issuer);
  } catch {
    return false; // a key that can't have signed it
  }
}
