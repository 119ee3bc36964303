import { createHash, KeyObject } from 'node:crypto';
import { importPublicKey, noteKeyId } from '@sigtrail/rekor/formats';
import { type Certificate, parseCertificate } from '../crypto/certificate.ts';
import { isIssuedBy } from './is-issued-by.ts';
import { issuingChains } from './issuing-chains.ts';
import { unsupportedKey } from '../keys/signature.ts';
import { optionError, requireObject } from '@sigtrail/encoding';
import { SigtrailError } from '../error.ts';
import { AUTHORITY_PROFILES, RELAXATIONS } from './profile.ts';
import { readPemBlocks } from './read-pem-blocks.ts';
import type {
  CertificateAuthorityPart,
  LogPart,
  PartWindow,
  PemOrDer,
  TimestampAuthorityPart,
  TransparencyLogPart,
  TrustParts,
} from './trust-parts.ts';
import { parseTrustedRoot } from './parse-trusted-root.ts';
import { PROFILED_MEDIA_TYPE, type TrustedRoot } from './trusted-root.ts';

/**
 * Makes a trusted root from certificate and key files: a private PKI, a private log, a TSA. `json` has the corresponding document,
 * which can be kept in a file.
 *
 * @throws SigtrailError `invalid-trusted-root` with `path`; TypeError `unknown-option`, `invalid-option`
 * @example
 * const trust = trustRoot.fromParts({
 *   certificateAuthorities: [{ anchors: await readFile('root.pem'), profile: 'pki' }],
 *   transparencyLogs: [{ publicKey: await readFile('rekor.pub') }],
 * });
 * await verifyImage(reference, { signedBy: { profile: 'pki', subject: 'https://acme.test/release' } }, { trust });
 */
export function fromParts(parts: TrustParts): TrustedRoot {
  requireObject(parts, 'fromParts', 'parts');
  assertOptions(parts, LISTS, 'parts');
  const list = <T>(name: (typeof LISTS)[number], write: (part: T, path: string) => readonly object[]): object[] => {
    const given: unknown = parts[name] ?? [];
    if (!Array.isArray(given)) throw optionError('invalid-option', `"parts.${name}" must be a list`);
    return (given as readonly T[]).flatMap((part, index) => write(part, `${name}[${index}]`));
  };
  return parseTrustedRoot({
    mediaType: PROFILED_MEDIA_TYPE,
    tlogs: list('transparencyLogs', writeTransparencyLog),
    certificateAuthorities: list('certificateAuthorities', writeAuthority),
    ctlogs: list('certificateTransparencyLogs', writeLog),
    timestampAuthorities: list('timestampAuthorities', writeTimestampAuthority),
  });
}

const LISTS = [
  'certificateAuthorities',
  'certificateTransparencyLogs',
  'transparencyLogs',
  'timestampAuthorities',
] as const;
const LOG_KEYS = ['publicKey', 'baseUrl', 'origin', 'operator', 'validFor'];
const AUTHORITY_KEYS = ['certificates', 'anchors', 'intermediates', 'profile', 'relax', 'name', 'validFor'];

function writeAuthority(part: CertificateAuthorityPart, path: string): readonly object[] {
  assertOptions(part, AUTHORITY_KEYS, path);
  const { profile, relax = [], name = path } = part;
  if (!AUTHORITY_PROFILES.includes(profile))
    throw optionError('invalid-option', `"${path}.profile" must be one of ${AUTHORITY_PROFILES.join(', ')}`);
  if (!Array.isArray(relax) || relax.some((what: unknown) => !RELAXATIONS.some((known) => known === what)))
    throw optionError('invalid-option', `"${path}.relax" must be a list of ${RELAXATIONS.join(', ')}`);
  if ((part.certificates === undefined) === (part.anchors === undefined))
    throw optionError('invalid-option', `"${path}" must have either "certificates" or "anchors"`);
  const validFor = writeWindow(part.validFor, `${path}.validFor`);
  return chainsOf(part, path).map((chain) => ({
    uri: name,
    certChain: writeChain(chain),
    validFor,
    profile,
    relax,
  }));
}

function chainsOf(part: CertificateAuthorityPart, path: string): readonly (readonly Certificate[])[] {
  if (part.certificates !== undefined) return [readChain(part.certificates, `${path}.certificates`)];
  const anchors = readCertificates(part.anchors ?? '', `${path}.anchors`);
  const intermediates =
    part.intermediates === undefined ? [] : readCertificates(part.intermediates, `${path}.intermediates`);
  try {
    return issuingChains(anchors, intermediates);
  } catch (cause) {
    throw fault(path, cause instanceof Error ? cause.message : 'no chains', cause);
  }
}

function writeTimestampAuthority(part: TimestampAuthorityPart, path: string): readonly object[] {
  assertOptions(part, ['certificates', 'name', 'operator', 'validFor'], path);
  const chain = readChain(part.certificates, `${path}.certificates`);
  return [
    {
      uri: part.name ?? path,
      ...writeOperator(part.operator, path),
      certChain: writeChain(chain),
      validFor: writeWindow(part.validFor, `${path}.validFor`),
    },
  ];
}

function writeTransparencyLog(part: TransparencyLogPart, path: string): readonly object[] {
  assertOptions(part, [...LOG_KEYS, 'refuseRetiredEntries'], path);
  const { refuseRetiredEntries = false, ...log } = part;
  const given: unknown = refuseRetiredEntries;
  if (typeof given !== 'boolean')
    throw optionError('invalid-option', `"${path}.refuseRetiredEntries" must be true or false`);
  return writeLog(log, path).map((written) => (given ? { ...written, refuseRetiredEntries } : written));
}

function writeLog(part: LogPart, path: string): readonly object[] {
  assertOptions(part, LOG_KEYS, path);
  const key = readKey(part.publicKey, `${path}.publicKey`);
  const spki = key.export({ format: 'der', type: 'spki' });
  const named = part.origin === undefined ? undefined : noteKeyId(key, part.origin);
  return [
    {
      baseUrl: part.baseUrl ?? part.origin ?? path,
      ...writeOperator(part.operator, path),
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: spki.toString('base64'),
        keyDetails: keyDetailsOf(key),
        validFor: writeWindow(part.validFor, `${path}.validFor`),
      },
      logId: { keyId: createHash('sha256').update(spki).digest('base64') },
      ...(named === undefined ? {} : { checkpointKeyId: { keyId: Buffer.from(named).toString('base64') } }),
    },
  ];
}

function writeOperator(operator: unknown, path: string): object {
  if (operator === undefined) return {};
  if (typeof operator !== 'string' || operator.trim() === '')
    throw optionError('invalid-option', `"${path}.operator" must be a name such as "acme.test"`);
  return { operator };
}

function keyDetailsOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'ed25519') return 'PKIX_ED25519';
  if (key.asymmetricKeyType === 'rsa') return 'PKIX_RSA_PKCS1V5';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return curve === 'prime256v1'
    ? 'PKIX_ECDSA_P256_SHA_256'
    : curve === 'secp384r1'
      ? 'PKIX_ECDSA_P384_SHA_384'
      : 'PKIX_ECDSA_P521_SHA_512';
}

function readKey(input: PemOrDer | KeyObject, path: string): KeyObject {
  let key: KeyObject;
  try {
    if (input instanceof KeyObject) key = input;
    else {
      const blocks = blocksOf(input);
      const [block] = blocks;
      if (block === undefined || blocks.length > 1 || !/^(RSA )?PUBLIC KEY$/.test(block.label))
        throw new Error('expected one PEM block "PUBLIC KEY"');
      const imported = importPublicKey(block.der);
      if (imported === undefined) throw new Error('not canonical DER');
      key = imported;
    }
  } catch (cause) {
    throw fault(path, 'not a public key; expected PEM "PUBLIC KEY", DER SPKI or a KeyObject', cause);
  }
  const unsupported = key.type === 'public' ? unsupportedKey(key) : `it is a ${key.type} key`;
  if (unsupported !== undefined) throw fault(path, unsupported);
  return key;
}

function readChain(input: PemOrDer, path: string): readonly Certificate[] {
  const chain = readCertificates(input, path);
  for (const [index, certificate] of chain.entries()) {
    const next = chain[index + 1];
    if (next !== undefined && !isIssuedBy(certificate, next))
      throw fault(
        path,
        `certificate ${index + 1} did not issue certificate ${index}; expected the issuing certificate first and the anchor last`,
      );
  }
  return chain;
}

function readCertificates(input: PemOrDer, path: string): readonly Certificate[] {
  try {
    const blocks = blocksOf(input, 'CERTIFICATE');
    const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
    if (other !== undefined) throw new Error(`one of the PEM blocks is "${other.label}"`);
    if (blocks.length === 0) throw new Error('no PEM block "CERTIFICATE" is there');
    return blocks.map(({ der }) => parseCertificate(der));
  } catch (cause) {
    throw fault(path, cause instanceof Error ? cause.message : 'not certificates', cause);
  }
}

function blocksOf(input: PemOrDer, label = 'PUBLIC KEY'): ReturnType<typeof readPemBlocks> {
  if (typeof input === 'string') return readPemBlocks(input);
  if (!(input instanceof Uint8Array)) throw new Error('neither text nor bytes');
  // The DER of a certificate or key starts with a SEQUENCE; PEM never starts with this character.
  if (input[0] === 0x30) return [{ label, der: Buffer.from(input) }];
  return readPemBlocks(Buffer.from(input).toString('latin1'));
}

function writeChain(chain: readonly Certificate[]): object {
  return { certificates: chain.map(({ bytes }) => ({ rawBytes: Buffer.from(bytes).toString('base64') })) };
}

function writeWindow(window: PartWindow | undefined, path: string): object {
  if (window !== undefined) assertOptions(window, ['start', 'end'], path);
  const { start, end } = window ?? {};
  return {
    // The caller chose this part, so a missing start means "always"; in a document, a start is required.
    start: start === undefined ? '1970-01-01T00:00:00.000Z' : writeTime(start, `${path}.start`),
    ...(end === undefined ? {} : { end: writeTime(end, `${path}.end`) }),
  };
}

function writeTime(time: Date | string, path: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) throw optionError('invalid-option', `"${path}" must be a Date or an RFC 3339 time`);
  return typeof time === 'string' ? time : date.toISOString();
}

function assertOptions(value: unknown, known: readonly string[], path: string): void {
  if (typeof value !== 'object' || value === null) throw optionError('invalid-option', `"${path}" must be an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw optionError('unknown-option', `"${path}.${unknown}" is not an option; known are ${known.join(', ')}`);
}

function fault(path: string, why: string, cause?: unknown): SigtrailError {
  return new SigtrailError('invalid-trusted-root', `the parts of the trusted root are invalid at ${path}: ${why}`, {
    path,
    ...(cause === undefined ? {} : { cause }),
  });
}
