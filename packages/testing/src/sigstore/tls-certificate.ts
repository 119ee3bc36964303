import { checkOptions, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aDate, aList, anObject, oneOf } from '../option-checks.ts';
import { isIP } from 'node:net';
import type { CertificateAuthority } from './certificate-authority.ts';
import { generateKeyPair } from './key-pair.ts';
import { toPem } from './pem.ts';
import { type SubjectAlternativeName, subjectAlternativeNames } from './subject-alternative-name.ts';
import { aroundNow } from './validity.ts';
import { authorityKeyIdentifier, extendedKeyUsage, keyUsage, signCertificate, subjectKeyIdentifier } from './x509.ts';

/** A TLS certificate; the defaults make one for a server on loopback. */
export interface TlsCertificateOptions {
  /** Who issues it, from `createCertificateAuthority`. */
  readonly authority: CertificateAuthority;
  /** DNS names and IP addresses; default `127.0.0.1` and `localhost`. */
  readonly hosts?: readonly string[];
  /** Default `server`. */
  readonly purpose?: 'server' | 'client';
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const TLS_OPTIONS: OptionTable<TlsCertificateOptions> = {
  authority: anObject,
  hosts: aList,
  purpose: oneOf('server', 'client'),
  notBefore: aDate,
  notAfter: aDate,
};

/** What `node:tls` wants, as PEM. */
export interface TlsCertificate {
  /** The certificate, then its intermediates. */
  readonly cert: string;
  readonly key: string;
  /** The root: the `ca` of a client that is to trust it. */
  readonly ca: string;
}

const PURPOSE_OID = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/**
 * Issues a TLS certificate with a fresh key.
 *
 * @example
 * const tls = await issueTlsCertificate({ authority: await createCertificateAuthority() });
 * await using registry = await startRegistry({ tls });
 * const client = createOciClient({ ca: tls.ca });
 */
export async function issueTlsCertificate(options: TlsCertificateOptions): Promise<TlsCertificate> {
  checkOptions(options, TLS_OPTIONS, 'issueTlsCertificate');
  requireObject(options, 'issueTlsCertificate', 'options', ['authority']);
  const { authority, hosts = ['127.0.0.1', 'localhost'], purpose = 'server' } = options;
  const key = generateKeyPair();
  const window = aroundNow();
  const der = await signCertificate({
    issuer: authority.issuerName,
    publicKey: key,
    signer: authority.key,
    notBefore: options.notBefore ?? window.start,
    notAfter: options.notAfter ?? window.end,
    extensions: [
      keyUsage(['digitalSignature']),
      extendedKeyUsage([PURPOSE_OID[purpose]]),
      subjectKeyIdentifier(key),
      authorityKeyIdentifier(authority.key),
      subjectAlternativeNames(hosts.map(nameOf)),
    ],
  });
  const [root, ...intermediates] = authority.chain.toReversed();
  return {
    cert: [der, ...intermediates.toReversed()].map((bytes) => toPem('CERTIFICATE', bytes)).join(''),
    key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ca: toPem('CERTIFICATE', root ?? der),
  };
}

function nameOf(host: string): SubjectAlternativeName {
  return isIP(host) === 0 ? { kind: 'dns', value: host } : { kind: 'ip', value: host };
}
