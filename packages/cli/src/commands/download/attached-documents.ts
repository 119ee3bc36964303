import type { Find } from 'sigtrail/triangulate';

/** Something attached, as it is printed. Unverified. */
export interface Document {
  readonly bytes: Uint8Array;
  /** It ends with a line end of ours. */
  readonly isLine: boolean;
  readonly predicateType?: string;
}

/** The type of cosign’s statement that only says: this image is signed. */
const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

/** An envelope, a bundle or a statement that attests something. */
export function attestationIn({ kind }: Find, bytes: Uint8Array): Document | undefined {
  const json = objectIn(bytes);
  if (json === undefined) return undefined;
  switch (kind) {
    case 'cosign-attestation':
    case 'dsse-attestation':
      return { bytes, isLine: true, ...predicateTypeOf(json) };
    case 'buildkit-attestation':
    case 'attestation-statement':
      return { bytes, isLine: true, ...typeIn(json) };
    case 'sigstore-bundle': {
      const type = bundleTypeOf(json);
      return type === undefined || type === SIGN_PREDICATE ? undefined : { bytes, isLine: true, predicateType: type };
    }
    default:
      return undefined;
  }
}

/** An SBOM of any format, byte for byte. */
export function sbomIn({ kind }: Find, bytes: Uint8Array): Document | undefined {
  return kind === 'cosign-sbom' ? { bytes, isLine: false } : undefined;
}

/** A signature as a line: the payload and what stands beside it, certificates as PEM. A bundle is a line of its own. */
export function signatureIn(find: Find, bytes: Uint8Array): Document | undefined {
  return signatureWith(find, bytes, (pem) => pem);
}

/** The same with certificates as `cosign download signature` prints them. */
export function cosignSignatureIn(find: Find, bytes: Uint8Array): Document | undefined {
  return signatureWith(find, bytes, asGoPrints);
}

function signatureWith(
  { kind, unsignedAnnotations: annotations }: Find,
  bytes: Uint8Array,
  show: (pem: string) => unknown,
): Document | undefined {
  if (kind === 'sigstore-bundle') {
    const json = objectIn(bytes);
    const type = json === undefined ? undefined : bundleTypeOf(json);
    const isSignature = json !== undefined && ('messageSignature' in json || type === SIGN_PREDICATE);
    return isSignature ? { bytes, isLine: true } : undefined;
  }
  if (kind !== 'cosign-signature' && kind !== 'oci11-signature') return undefined;
  const line = {
    Base64Signature: annotations['dev.cosignproject.cosign/signature'] ?? '',
    Payload: Buffer.from(bytes).toString('base64'),
    Cert: certificatesIn(annotations['dev.sigstore.cosign/certificate']).map(show)[0] ?? null,
    Chain: listOrNull(certificatesIn(annotations['dev.sigstore.cosign/chain']).map(show)),
    Bundle: jsonOrNull(annotations['dev.sigstore.cosign/bundle']),
    RFC3161Timestamp: jsonOrNull(annotations['dev.sigstore.cosign/rfc3161timestamp']),
  };
  return { bytes: Buffer.from(JSON.stringify(line)), isLine: true };
}

type Json = Readonly<Record<string, unknown>>;

function objectIn(bytes: Uint8Array | string): Json | undefined {
  const value = jsonOrNull(Buffer.from(bytes).toString('utf8'));
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

function jsonOrNull(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function certificatesIn(pem: string | undefined): readonly string[] {
  return pem?.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
}

/** As Go prints a certificate, of all whose members `Raw` alone is the certificate. */
function asGoPrints(pem: string): { readonly Raw: string } {
  return { Raw: pem.replaceAll(/-----[A-Z ]+-----|\s/g, '') };
}

function listOrNull<T>(all: readonly T[]): readonly T[] | null {
  return all.length === 0 ? null : all;
}

function bundleTypeOf({ dsseEnvelope }: Json): string | undefined {
  return typeof dsseEnvelope === 'object' && dsseEnvelope !== null
    ? predicateTypeOf(Object.fromEntries(Object.entries(dsseEnvelope))).predicateType
    : undefined;
}

function predicateTypeOf({ payload }: Json): Pick<Document, 'predicateType'> {
  const statement = typeof payload === 'string' ? objectIn(Buffer.from(payload, 'base64')) : undefined;
  return statement === undefined ? {} : typeIn(statement);
}

function typeIn({ predicateType }: Json): Pick<Document, 'predicateType'> {
  return typeof predicateType === 'string' ? { predicateType } : {};
}
