import { checkHttpOptions, type HttpOptions } from '@sigtrail/http/options';
import { OciError } from '../error.ts';
import { readText } from './toml-file.ts';

/** A client certificate and its key: PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Reads the authorities that a file names at `place`. @throws OciError `invalid-config` for anything but certificates */
export async function readAuthorityFiles(files: readonly string[], place: string): Promise<readonly string[]> {
  const ca = await Promise.all(files.map(async (file) => await readAt(file, place)));
  if (ca.length === 0) throw new OciError('invalid-config', `${place}: "ca" names no file`);
  check({ ca }, `${place}: "ca" must name certificates in PEM`);
  return ca;
}

/** Reads a client certificate that a file names at `place`. @throws OciError `invalid-config` for anything but a certificate with its key */
export async function readKeyPair(certificate: string, key: string, place: string): Promise<KeyPair> {
  const pair = { cert: await readAt(certificate, place), key: await readAt(key, place) };
  check(
    { clientCertificates: [{ ...pair, origins: ['https://registry.example'] }] },
    `${place}: "client" must name a certificate in PEM and its key, without a passphrase`,
  );
  return pair;
}

async function readAt(file: string, place: string): Promise<string> {
  try {
    return await readText(file);
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    throw new OciError('invalid-config', `${place}: ${cause.message}`, { cause });
  }
}

function check(options: HttpOptions, refusal: string): void {
  try {
    checkHttpOptions(options, 'readRegistryFiles');
  } catch (cause) {
    throw new OciError('invalid-config', refusal, { cause });
  }
}
