import { requireText } from '@sigtrail/encoding';
import { ClaimsError } from '../error.ts';

/** Certificates in PEM text, first to last. Anything between or around the blocks but white space is refused. */
export function decodePemCertificates(text: string): readonly Uint8Array[] {
  requireText(text, 'decodePemCertificates', 'text');
  const block = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END CERTIFICATE-----\s*/gy;
  const found: Uint8Array[] = [];
  let end = /^\s*/.exec(text)?.[0].length ?? 0;
  block.lastIndex = end;
  for (let match = block.exec(text); match !== null; match = block.exec(text)) {
    const text = (match[1] ?? '').replaceAll(/\s/g, '');
    const der = Buffer.from(text, 'base64');
    if (der.toString('base64') !== text)
      throw new ClaimsError(
        'invalid-certificate',
        'the certificate is malformed: its PEM block is not canonical base64',
      );
    found.push(der);
    end = block.lastIndex;
  }
  if (found.length === 0 || end !== text.length)
    throw new ClaimsError(
      'invalid-certificate',
      'the certificate is malformed: expected PEM blocks "CERTIFICATE" and nothing else',
    );
  return found;
}
