import type { SecureContextOptions } from 'node:tls';
import type { TlsFiles } from '../settings/settings.ts';
import type { WatchedFiles } from '../settings/watched-files.ts';

/** What the server shows, and whom it asks for a certificate. @throws AdmissionError `invalid-settings` */
export async function readTls(
  { certificate, key, clientAuthority }: TlsFiles,
  files: WatchedFiles,
): Promise<SecureContextOptions> {
  const [cert, privateKey, ca] = await Promise.all([
    files.text(certificate),
    files.text(key),
    clientAuthority === undefined ? undefined : files.text(clientAuthority),
  ]);
  return { cert, key: privateKey, minVersion: 'TLSv1.3', ...(ca === undefined ? {} : { ca }) };
}
