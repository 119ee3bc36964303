import { createPublicKey, type KeyObject } from 'node:crypto';
import type { SignedEntity, TrustMaterial } from '@sigstore/verify';
import type { Thresholds } from './check-parties.ts';

type Time = SignedEntity['timestamps'][number];

/** One question to `@sigstore/verify`. */
export interface Asked {
  readonly entity: SignedEntity;
  readonly material: TrustMaterial;
  readonly thresholds: Thresholds;
  /** The shortages that were explained already. Each counts once: an unreadable entry stands for a single entry. */
  readonly conceded?: readonly ('log' | 'time')[];
}

/** Only an entry with a promise gives a time. */
export function isTime(time: Time): boolean {
  return time.$case === 'timestamp-authority' || time.tlogEntry.inclusionPromise !== undefined;
}

/**
 * The same question with different times, requiring `missing` fewer. Without any time the certificate can't be checked, so
 * only its key is left.
 */
export function withTimes(asked: Asked, timestamps: readonly Time[], missing: number): Asked {
  if (asked.entity.key.$case === 'certificate' && !timestamps.some(isTime)) return byKeyOnly(asked);
  const time = Math.max(0, asked.thresholds.time - missing);
  return {
    ...asked,
    entity: { ...asked.entity, timestamps: [...timestamps] },
    thresholds: { ...asked.thresholds, time },
  };
}

/** The same question with different entries, requiring `missing` fewer. */
export function withEntries(asked: Asked, tlogEntries: SignedEntity['tlogEntries'], missing: number): Asked {
  const log = Math.max(0, asked.thresholds.log - missing);
  return { ...asked, entity: { ...asked.entity, tlogEntries }, thresholds: { ...asked.thresholds, log } };
}

/** Only the log entries and the signature, by the key in the certificate. */
export function byKeyOnly(asked: Asked): Asked {
  const { entity, material, thresholds } = asked;
  const { key } = entity;
  if (key.$case !== 'certificate') return { ...asked, entity: { ...entity, timestamps: [] } };
  const { publicKey } = key.certificate;
  return {
    ...asked,
    entity: { ...entity, key: { $case: 'public-key', hint: '' }, timestamps: [] },
    material: { ...material, publicKey: () => ({ publicKey: importSpki(publicKey), validFor: () => true }) },
    thresholds: { ...thresholds, sct: 0, time: 0, tsa: 0 },
  };
}

/** The key of a certificate. */
export function importSpki(der: Buffer): KeyObject {
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}
