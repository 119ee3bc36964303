import { createPrivateKey, X509Certificate } from 'node:crypto';
import { checkOptions, expecting, optionError, type OptionTable, requireText } from '@sigtrail/encoding';

/** A client certificate (mTLS), and the only origins that get it. */
export interface ClientCertificate {
  /** `https://host[:port]` each. No other server sees the certificate, and neither does an origin that a redirect came back to. */
  readonly origins: readonly string[];
  /** PEM, with its intermediates after it. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly passphrase?: string | undefined;
}

/** Authorities that are trusted for some origins only. */
export interface OriginAuthorities {
  /** `https://host[:port]` each. */
  readonly origins: readonly string[];
  /** PEM, trusted in addition to Node's own authorities and `ca`. */
  readonly ca: string | readonly string[];
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const originsOf =
  (list: string) =>
  (value: unknown): void => {
    if (!isTexts(value) || value.length === 0)
      throw optionError('invalid-option', `"${list}[].origins" must name an origin`);
    for (const text of value) readOrigin(text, list);
  };

const CLIENT_CERTIFICATE: OptionTable<ClientCertificate> = {
  origins: originsOf('clientCertificates'),
  cert: expecting('PEM', isText),
  key: expecting('PEM', isText),
  passphrase: expecting('a string', isText),
};

const ORIGIN_AUTHORITIES: OptionTable<OriginAuthorities> = {
  origins: originsOf('originAuthorities'),
  ca: checkAuthorities,
};

/** @throws TypeError `invalid-option` for anything but a list of PEM certificates; the value is never in the message */
export function checkAuthorities(value: unknown): void {
  if (!isText(value) && !isTexts(value)) throw optionError('invalid-option', '"ca" must be PEM certificates');
  readAuthorities(value);
}

/** Whether a text is one PEM certificate that Node can read. */
export function isPemCertificate(block: string): boolean {
  requireText(block, 'isPemCertificate', 'block');
  try {
    readBlock(block);
    return true;
  } catch {
    return false; // Node can't read it
  }
}

// A process gives all its clients the same authorities, and reading the 150 of a system takes as long as a verification.
const readableBlocks = new Set<string>();
const mostKnown = 1000;

function readBlock(block: string): void {
  if (readableBlocks.has(block)) return;
  void new X509Certificate(block);
  if (readableBlocks.size >= mostKnown) readableBlocks.clear();
  readableBlocks.add(block);
}

/** The PEM blocks of `ca`. @throws TypeError `invalid-option`; the value is never in the message */
export function readAuthorities(ca: string | readonly string[]): readonly string[] {
  return (typeof ca === 'string' ? [ca] : ca).flatMap((text) => {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) throw optionError('invalid-option', '"ca" must be PEM certificates');
    for (const block of blocks) {
      try {
        readBlock(block);
      } catch (cause) {
        throw optionError('invalid-option', '"ca" holds a certificate that can\'t be read', cause);
      }
    }
    return blocks;
  });
}

/**
 * @throws TypeError `unknown-option`, `invalid-option` for what is not a certificate, a key that doesn't belong to it, or an origin that is not
 * https; the value is never in the message
 */
export function checkClientCertificates(value: unknown): void {
  if (!Array.isArray(value)) throw optionError('invalid-option', '"clientCertificates" must be a list');
  for (const one of value as readonly ClientCertificate[]) {
    checkOptions(one, CLIENT_CERTIFICATE, 'clientCertificates[]');
    if (one.origins === undefined) CLIENT_CERTIFICATE.origins([], 'origins', '');
    checkKeyPair(one);
  }
  checkOnePerOrigin(value as readonly ClientCertificate[]);
}

/** A connection shows a single certificate. If there were two for an origin, one would be ignored, and the server might see the wrong identity. */
function checkOnePerOrigin(certificates: readonly ClientCertificate[]): void {
  const shown = new Map<string, ClientCertificate>();
  for (const one of certificates)
    for (const origin of one.origins.map((text) => readOrigin(text, 'clientCertificates'))) {
      const before = shown.get(origin) ?? one;
      if (before.cert !== one.cert || before.key !== one.key)
        throw optionError(
          'invalid-option',
          `"clientCertificates" has two certificates for ${origin}, but a connection shows only one: give each origin one`,
        );
      shown.set(origin, one);
    }
}

/** @throws TypeError `unknown-option`, `invalid-option` for anything but a list of PEM certificates with their https origins */
export function checkOriginAuthorities(value: unknown): void {
  if (!Array.isArray(value)) throw optionError('invalid-option', '"originAuthorities" must be a list');
  for (const one of value as readonly OriginAuthorities[]) {
    checkOptions(one, ORIGIN_AUTHORITIES, 'originAuthorities[]');
    originsOf('originAuthorities')(one.origins);
    checkAuthorities(one.ca);
  }
}

/** Reads an origin that certificates are for. @throws TypeError `invalid-option` for anything but an https origin */
export function readOrigin(text: string, list: string): string {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw optionError(
      'invalid-option',
      `"${list}[].origins" must hold https origins, such as "https://registry.example:5000"`,
    );
  return url.origin;
}

function checkKeyPair({ cert, key, passphrase }: ClientCertificate): void {
  const refusal = (cause?: unknown): TypeError =>
    optionError('invalid-option', '"clientCertificates[]" must be a PEM certificate and its key', cause);
  let isPair: boolean;
  try {
    const privateKey = createPrivateKey({ key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
    isPair = new X509Certificate(cert).checkPrivateKey(privateKey);
  } catch (cause) {
    throw refusal(cause);
  }
  if (!isPair) throw refusal();
}
