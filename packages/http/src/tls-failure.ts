/** Whether the other end does not speak TLS. */
export function isWrongProtocol(reason: string | undefined): boolean {
  return (
    reason !== undefined &&
    /^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST|EPROTO)$/.test(reason)
  );
}

/** Whether the other end showed a certificate that is not trusted, or not for that name. */
export function isUntrusted(reason: string | undefined): boolean {
  return (
    reason !== undefined && !isAlert(reason) && /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|UND_ERR_PRX_TLS/.test(reason)
  );
}

/** Whether the other end ended the handshake and said why. */
function isAlert(reason: string): boolean {
  return /_ALERT_/.test(reason);
}

/** What the other end did, if it answered: an unusable answer is not the same as no answer. */
export function whatTlsSays(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE/.test(reason) && isAlert(reason))
    return 'wants a client certificate, or another one';
  if (isAlert(reason)) return 'refused the TLS handshake';
  if (isWrongProtocol(reason)) return 'does not speak TLS';
  if (reason === 'CERT_HAS_EXPIRED') return 'has a certificate that has expired';
  if (reason === 'CERT_NOT_YET_VALID') return 'has a certificate that is not valid yet';
  if (/ALTNAME/.test(reason)) return 'has a certificate for a different name';
  if (isUntrusted(reason)) return 'has a certificate that is not trusted here';
  if (reason.startsWith('HPE_')) return 'answered with something that is not HTTP';
  return reason === 'UND_ERR_HEADERS_OVERFLOW' ? 'sent more headers than are read' : undefined;
}
