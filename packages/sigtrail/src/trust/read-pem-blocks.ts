import { decodeBase64 } from '@sigtrail/encoding';

/** A PEM block: its label and its DER. */
export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
}

/**
 * The blocks of a PEM file that its owner wrote. Text around the blocks is skipped, as `openssl` writes it (RFC 7468 §2);
 * a broken block is an error, and never skipped.
 *
 * @throws Error with what is wrong
 */
export function readPemBlocks(text: string): readonly PemBlock[] {
  const begins = text.match(/-----BEGIN [^-\n]*-----/g)?.length ?? 0;
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n \t]+?)-----END \1-----/g)].map(
    ([, label = '', body = '']) => {
      const der = decodeBase64(body.replaceAll(/\s/g, ''));
      if (der === undefined) throw new Error('a PEM block in it is not canonical base64');
      return { label, der: Buffer.from(der) };
    },
  );
  if (blocks.length !== begins) throw new Error('a PEM block in it is broken');
  return blocks;
}
