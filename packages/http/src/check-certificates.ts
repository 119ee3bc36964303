import { createPrivateKey, X509Certificate } from 'node:crypto';
import { checkOptions, expecting, optionError, type OptionTable } from '@sigtrail/encoding';

/** A client certificate (mTLS), and the only origins that get it. */
export interface ClientCertificate {
  /** `https://host[:port]` each. No other server sees it, nor one that a redirect came back to. */
  readonly origins: readonly string[];
  /** PEM, with its intermediates after it. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly passphrase?: string | undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const CLIENT_CERTIFICATE: OptionTable<ClientCertificate> = {
  origins: (value, name) => {
    if (!isTexts(value) || value.length === 0)
      throw optionError('invalid-option', `"clientCertificates[].${name}" must name an origin`);
    value.forEach(readOrigin);
  },
  cert: expecting('PEM', isText),
  key: expecting('PEM', isText),
  passphrase: expecting('a string', isText),
};

/** @throws TypeError `invalid-option` for what is not a list of PEM certificates; the value is never in the message */
export function checkAuthorities(value: unknown): void {
  if (!isText(value) && !isTexts(value)) throw optionError('invalid-option', '"ca" must be PEM certificates');
  readAuthorities(value);
}

/** The PEM blocks of `ca`. @throws TypeError `invalid-option`; the value is never in the message */
export function readAuthorities(ca: string | readonly string[]): readonly string[] {
  return (typeof ca === 'string' ? [ca] : ca).flatMap((text) => {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) throw optionError('invalid-option', '"ca" must be PEM certificates');
    for (const block of blocks) {
      try {
        void new X509Certificate(block);
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
}

/** The origin that a certificate may be shown to. @throws TypeError `invalid-option` for anything that is not one of https */
export function readOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw optionError(
      'invalid-option',
      '"clientCertificates[].origins" must hold https origins, such as "https://registry.example:5000"',
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
