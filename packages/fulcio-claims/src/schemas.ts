import { z } from 'zod';

import { CLAIM_OIDS } from './claim-names.ts';
import type { ClaimName } from './claim-names.ts';
import type { FulcioClaims } from './decode-claims.ts';
import type { CertificateClaims } from './decode-certificate.ts';

const claimTexts = Object.fromEntries(
  Object.keys(CLAIM_OIDS).map((name) => [name, z.exactOptional(z.string())]),
) as Record<ClaimName, z.ZodExactOptional<z.ZodString>>;

/** Checks recorded claims. The result is a record, not a proof. */
export const FulcioClaimsSchema: z.ZodType<FulcioClaims> = z.strictObject({
  ...claimTexts,
  unknown: z.exactOptional(z.array(z.strictObject({ oid: z.string(), value: z.base64() }))),
});

/** Checks a recorded `CertificateClaims`. The result is a record, not a proof. */
export const CertificateClaimsSchema: z.ZodType<CertificateClaims> = z.strictObject({
  claims: FulcioClaimsSchema,
  subjectAlternativeNames: z.array(
    z.strictObject({
      kind: z.enum(['uri', 'email', 'dns', 'ip', 'other-name', 'unsupported']),
      value: z.string(),
      oid: z.exactOptional(z.string()),
    }),
  ),
  issuer: z.string(),
  subject: z.string(),
  serialNumber: z.string().regex(/^[0-9a-f]+$/),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  extendedKeyUsages: z.array(z.string()),
  publicKey: z.strictObject({
    algorithm: z.string(),
    curve: z.exactOptional(z.string()),
    bits: z.exactOptional(z.int().positive()),
  }),
  isCa: z.boolean(),
  scts: z.array(
    z.strictObject({
      logId: z.string().regex(/^[0-9a-f]{64}$/),
      timestamp: z.iso.datetime(),
      hashAlgorithm: z.int().nonnegative(),
      signatureAlgorithm: z.int().nonnegative(),
      signature: z.base64(),
      extensions: z.exactOptional(z.base64()),
    }),
  ),
  criticalOids: z.array(z.string()),
});
