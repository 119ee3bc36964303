import { createHash } from 'node:crypto';
import { type CertificateAuthority, createAuthority, issueLeaf, type Leaf } from './certificate-authority.ts';
import { children, der, generalizedTime, integer, objectIdentifier } from './der.ts';

/** Ways in which a token can be wrong. */
export interface TokenOptions {
  /** Stamp these bytes instead. */
  readonly imprintOf?: Uint8Array;
  /** Flip a bit of the signature. */
  readonly corrupt?: boolean;
}

/** An RFC 3161 timestamp authority. */
export interface TimestampAuthority {
  /** DER, signing certificate first: a trusted root's order. */
  readonly chain: readonly Uint8Array[];
  /** A TimeStampResp over these bytes. */
  stamp(bytes: Uint8Array, time: Date, options?: TokenOptions): Uint8Array;
}

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const SHA_256 = der(0x30, objectIdentifier('2.16.840.1.101.3.4.2.1'));
const TST_INFO = objectIdentifier('1.2.840.113549.1.9.16.1.4');

/** Starts an authority; `extendedKeyUsages` and criticality can be broken. */
export async function createTimestampAuthority(
  now: Date,
  options: { readonly extendedKeyUsages?: readonly string[]; readonly isCritical?: boolean } = {},
): Promise<TimestampAuthority> {
  const authority = await createAuthority('fake tsa', now);
  const leaf = await issueLeaf(authority, {
    names: [],
    notBefore: new Date(now.getTime() - 86_400_000),
    ttlMs: 30 * 86_400_000,
    extendedKeyUsages: options.extendedKeyUsages ?? [TIME_STAMPING],
    isExtendedKeyUsageCritical: options.isCritical ?? true,
  });
  return {
    chain: [leaf.der, ...authority.chain],
    stamp: (bytes, time, token = {}) => stamp(authority, leaf, token.imprintOf ?? bytes, time, token.corrupt ?? false),
  };
}

function stamp(
  { name }: CertificateAuthority,
  leaf: Leaf,
  bytes: Uint8Array,
  time: Date,
  corrupt: boolean,
): Uint8Array {
  const tstInfo = der(
    0x30,
    integer(1),
    objectIdentifier('1.3.6.1.4.1.57264.2'),
    der(0x30, SHA_256, der(0x04, createHash('sha256').update(bytes).digest())),
    integer(7),
    generalizedTime(time),
  );
  const attributes = Buffer.concat([
    attribute('1.2.840.113549.1.9.3', TST_INFO),
    attribute('1.2.840.113549.1.9.4', der(0x04, createHash('sha256').update(tstInfo).digest())),
    attribute(
      '1.2.840.113549.1.9.16.2.47',
      der(0x30, der(0x30, der(0x30, der(0x04, createHash('sha256').update(leaf.der).digest())))),
    ),
  ]);
  const signature = Buffer.from(leaf.key.sign(der(0x31, attributes)));
  if (corrupt) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  const [tbs] = children(leaf.der);
  const [, serial, , issuer] = children(tbs ?? Buffer.alloc(0));
  if (serial === undefined || issuer === undefined)
    throw new Error(`the certificate of ${name} has no serial number and issuer`);
  const signerInfo = der(
    0x30,
    integer(1),
    der(0x30, issuer, serial),
    SHA_256,
    der(0xa0, attributes),
    der(0x30, objectIdentifier('1.2.840.10045.4.3.2')),
    der(0x04, signature),
  );
  const signedData = der(
    0x30,
    integer(3),
    der(0x31, SHA_256),
    der(0x30, TST_INFO, der(0xa0, der(0x04, tstInfo))),
    der(0xa0, leaf.der),
    der(0x31, signerInfo),
  );
  const token = der(0x30, objectIdentifier('1.2.840.113549.1.7.2'), der(0xa0, signedData));
  return der(0x30, der(0x30, integer(0)), token);
}

function attribute(oid: string, value: Uint8Array): Buffer {
  return der(0x30, objectIdentifier(oid), der(0x31, value));
}
