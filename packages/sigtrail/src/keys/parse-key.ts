import { createPublicKey, type JsonWebKeyInput, KeyObject } from 'node:crypto';
import { decodeBase64 } from '@sigtrail/encoding';
import { importPublicKey } from '@sigtrail/rekor/formats';
import { knowsMlDsa, mlDsaFault, mlDsaNameInSpki } from './ml-dsa.ts';
import { unsupportedKey } from './signature.ts';
import { optionError } from '@sigtrail/encoding';

/** A public key in any form that callers have: PEM text or its bytes, DER SPKI bytes, a JWK, or a `KeyObject`. */
export type KeyInput = string | Uint8Array | KeyObject | PublicJwk;

/** A public JSON Web Key (RFC 7517). An interface of our own, since the place of Node's own type has changed. */
export interface PublicJwk {
  /** `EC`, `RSA` or `OKP`. */
  readonly kty?: string | undefined;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly n?: string | undefined;
  readonly e?: string | undefined;
  readonly alg?: string | undefined;
  readonly kid?: string | undefined;
  /** `sig`, if present. */
  readonly use?: string | undefined;
  /** Contains `verify`, if present. */
  readonly key_ops?: readonly string[] | undefined;
}

/**
 * Reads a public key that the caller names. Only a public key is accepted: a private key doesn't belong where a verifier reads, and a
 * certificate has a validity and an issuer, which using just its key would silently drop.
 *
 * @throws TypeError with `code: 'invalid-key'`
 */
export function parseKey(value: unknown, path: string): KeyObject {
  let key: KeyObject;
  try {
    key = importKey(value);
  } catch (cause) {
    throw Object.assign(
      optionError(
        'invalid-key',
        `"${path}" is not a public key: ${cause instanceof Error ? cause.message : 'unreadable'}; expected PEM "PUBLIC KEY", DER SPKI, a JWK or a KeyObject`,
      ),
      { cause },
    );
  }
  const unsupported = unsupportedKey(key);
  if (unsupported !== undefined) throw optionError('invalid-key', `"${path}" can't be used: ${unsupported}`);
  return key;
}

function importKey(value: unknown): KeyObject {
  if (value instanceof KeyObject) {
    if (value.type === 'secret') throw new Error('it is a secret key');
    return value.type === 'private' ? createPublicKey(value) : value;
  }
  if (typeof value === 'string') return importPem(value);
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value).toString('latin1');
    // The DER of a key is a SEQUENCE; bytes that begin differently were meant as text.
    return value[0] === 0x30 && !text.includes('-----BEGIN ') ? importDer(value) : importPem(text);
  }
  if (typeof value === 'object' && value !== null && 'kty' in value) return importJwk(value as PublicJwk);
  throw new Error('neither PEM text, DER bytes, a JWK nor a KeyObject');
}

/** The only public key in a text. Text around the block is ignored, as in Go's `pem.Decode` and OpenSSL (RFC 7468 §2). */
function importPem(text: string): KeyObject {
  const labels = [...text.matchAll(/-----BEGIN ([^\r\n]*?)-----/g)].map((match) => match[1] ?? '');
  const [label] = labels;
  if (label === undefined) throw new Error(`it holds no PEM block${hintOf(text)}`);
  // If there are two keys in a file, which one did its owner mean?
  if (labels.length > 1) throw new Error(`it holds ${labels.length} PEM blocks (${labels.slice(0, 4).join(', ')})`);
  if (label.endsWith('PRIVATE KEY')) throw new Error('it is a private key, which must not be here');
  if (label.endsWith('CERTIFICATE'))
    throw new Error('it is a certificate; its key alone is what `openssl x509 -pubkey -noout` prints');
  const body = PUBLIC_KEY.exec(text)?.[2];
  if (body === undefined) throw new Error(`it is a PEM block "${label.slice(0, 40)}", or one that is not closed`);
  const der = decodeBase64(body.replaceAll(/\s/g, ''));
  if (der === undefined) throw new Error('its PEM block is not canonical base64');
  return importDer(der);
}

/** What a text without a PEM block probably is: the name of a file, or of a key that is kept elsewhere. */
function hintOf(text: string): string {
  const name = text.trim();
  if (name === '') return ' (it is empty)';
  const shown = JSON.stringify(name.slice(0, 80));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(name)?.[1];
  if (scheme !== undefined) return `: ${shown} is an address; give the key itself, or a KeyResolver that fetches it`;
  if (name.length <= 255 && /^[^\s"{}]+$/.test(name) && /[./\\]/.test(name))
    return `: ${shown} looks like the name of a file; give its content: await readFile(${shown})`;
  return '';
}

const PUBLIC_KEY = /-----BEGIN ((?:RSA )?PUBLIC KEY)-----\r?\n([A-Za-z0-9+/=\s]+)-----END \1-----/;

function importDer(bytes: Uint8Array): KeyObject {
  const key = importPublicKey(bytes);
  if (key !== undefined) return key;
  const mlDsa = mlDsaNameInSpki(bytes);
  if (mlDsa === undefined) throw new Error('not a public key in canonical DER');
  throw new Error(mlDsaFault(mlDsa, knowsMlDsa()));
}

function importJwk(jwk: PublicJwk): KeyObject {
  if ('d' in jwk || 'k' in jwk) throw new Error('the JWK has a private part, which must not be here');
  // RFC 7517 §4.2, §4.3: if its owner keeps a key for a different purpose, a signature with it proves nothing.
  if (jwk.use !== undefined && jwk.use !== 'sig') throw new Error('the JWK is not for signatures ("use")');
  const operations: unknown = jwk.key_ops;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw new Error('the JWK is not for verifying ("key_ops")');
  return createPublicKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' });
}
