import { TAG } from '@sigtrail/fulcio-claims/certificate';
import { writeDer } from '../crypto/write-der.ts';

// DER of the object identifiers of RFC 4055 §2 and §6, and of RFC 8017 §A.2.
const oid = (hex: string): Buffer => Buffer.from(hex, 'hex');
const RSA = oid('06092a864886f70d010101');
const PSS = oid('06092a864886f70d01010a');
const MGF1 = oid('06092a864886f70d010108');
const NULL = Buffer.of(5, 0);
const SHA1 = { id: oid('06052b0e03021a'), length: 20 };
const HASHES = [
  SHA1,
  { id: oid('0609608648016503040204'), length: 28 },
  { id: oid('0609608648016503040201'), length: 32 },
  { id: oid('0609608648016503040202'), length: 48 },
  { id: oid('0609608648016503040203'), length: 64 },
];
// The salt lengths that a signer may choose: as long as a hash, none, or the longest that fits next to a hash into 2048, 3072 and 4096 bits.
const SALTS = [0, 20, 28, 32, 48, 64];
const MODULUS_BYTES = [256, 384, 512];
const TAGGED = 0xa0;

let algorithms: readonly Buffer[] | undefined;

/** The algorithms under which an RSA key is published: plain, with and without NULL, and RSASSA-PSS without or with parameters. */
export function rsaAlgorithms(): readonly Buffer[] {
  algorithms ??= [
    writeDer(TAG.sequence, RSA, NULL),
    writeDer(TAG.sequence, RSA),
    writeDer(TAG.sequence, PSS),
    ...pssParameters().map((parameters) => writeDer(TAG.sequence, PSS, parameters)),
  ];
  return algorithms;
}

/** RSASSA-PSS-params (RFC 4055 §3.1). DER leaves defaults out, but some encoders write them all the same. */
function pssParameters(): readonly Buffer[] {
  return HASHES.flatMap((hash) =>
    [...new Set([hash, SHA1])].flatMap((mask) =>
      [...SALTS, ...MODULUS_BYTES.map((bytes) => bytes - hash.length - 2)].flatMap((salt) =>
        [true, false].flatMap((withNull) =>
          [true, false].map((withDefaults) => {
            const named = ({ id }: typeof SHA1): Buffer => writeDer(TAG.sequence, ...(withNull ? [id, NULL] : [id]));
            const saltBytes = salt > 0x7f ? Buffer.of(salt >> 8, salt & 0xff) : Buffer.of(salt);
            return writeDer(
              TAG.sequence,
              ...(withDefaults || hash !== SHA1 ? [writeDer(TAGGED, named(hash))] : []),
              ...(withDefaults || mask !== SHA1
                ? [writeDer(TAGGED + 1, writeDer(TAG.sequence, MGF1, named(mask)))]
                : []),
              ...(withDefaults || salt !== 20 ? [writeDer(TAGGED + 2, writeDer(TAG.integer, saltBytes))] : []),
            );
          }),
        ),
      ),
    ),
  );
}
