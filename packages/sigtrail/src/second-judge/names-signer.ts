import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { importSpki } from './asked.ts';
import type { Entry, ReadEntity } from './read-entity.ts';

/**
 * Does each log entry record the key of this signature? `@sigstore/verify` compares the signature and the digest in an entry, but not the key.
 * Without this check, an entry of a different key over the same signature would count.
 */
export function namesSigner({ entity, bundle }: ReadEntity, policyKey: KeyObject | undefined): boolean {
  const { key } = entity;
  const { content } = bundle.verificationMaterial;
  const leaf = content.$case === 'certificate' ? Buffer.from(content.certificate.rawBytes) : undefined;
  const signer = key.$case === 'certificate' ? key.certificate.publicKey : policyKey?.export(SPKI);
  return signer !== undefined && entity.tlogEntries.every((entry) => recordedIn(entry).some(isSigner));

  function isSigner(text: string): boolean {
    const bytes = withoutArmour(Buffer.from(text, 'base64'));
    return leaf?.equals(bytes) === true || signer?.equals(bytes) === true || keyOf(bytes)?.equals(signerKey()) === true;
  }

  function signerKey(): KeyObject {
    if (signer === undefined) throw new TypeError('no key');
    return importSpki(signer);
  }
}

const SPKI = { format: 'der', type: 'spki' } as const;

interface Body {
  readonly spec?: {
    readonly signature?: { readonly publicKey?: { readonly content?: string } };
    readonly signatures?: readonly { readonly verifier?: string }[];
    readonly content?: { readonly envelope?: { readonly signatures?: readonly { readonly publicKey?: string }[] } };
    readonly hashedRekordV002?: { readonly signature?: { readonly verifier?: Verifier } };
    readonly dsseV002?: { readonly signatures?: readonly { readonly verifier?: Verifier }[] };
  };
}

interface Verifier {
  readonly publicKey?: { readonly rawBytes?: string };
  readonly x509Certificate?: { readonly rawBytes?: string };
}

/** The certificates or keys that an entry records, in base64: PEM in Rekor v1, DER in v2. */
function recordedIn({ canonicalizedBody }: Entry): readonly string[] {
  const { spec = {} } = JSON.parse(canonicalizedBody.toString('utf8')) as Body;
  const verifiers = [
    spec.hashedRekordV002?.signature?.verifier,
    ...(spec.dsseV002?.signatures ?? []).map(({ verifier }) => verifier),
  ];
  return [
    spec.signature?.publicKey?.content,
    ...(spec.signatures ?? []).map(({ verifier }) => verifier),
    ...(spec.content?.envelope?.signatures ?? []).map(({ publicKey }) => publicKey),
    ...verifiers.flatMap((verifier) => [verifier?.publicKey?.rawBytes, verifier?.x509Certificate?.rawBytes]),
  ].filter((text) => typeof text === 'string');
}

function withoutArmour(bytes: Buffer): Buffer {
  const [, body] = /^-----BEGIN [A-Z ]+-----([\s\S]*?)-----END/.exec(bytes.toString('latin1')) ?? [];
  return body === undefined ? bytes : Buffer.from(body, 'base64');
}

/** The same key may be written differently: as a certificate for a plain key, or as PKCS #1. */
function keyOf(der: Buffer): KeyObject | undefined {
  for (const read of [
    () => new X509Certificate(der).publicKey,
    () => importSpki(der),
    () => createPublicKey({ key: der, format: 'der', type: 'pkcs1' }),
  ]) {
    try {
      return read();
    } catch {
      continue; // the other encodings are tried
    }
  }
  return undefined;
}
