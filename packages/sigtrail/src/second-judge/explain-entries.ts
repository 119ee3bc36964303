import crypto, { type KeyObject, verify } from 'node:crypto';
import { json } from '@sigstore/core';
import { leafHash, verifyInclusion } from '@sigtrail/rekor';
import { withEntries, withTimes } from './asked.ts';
import type { Explanation, RefusedCase } from './explanation.ts';
import type { PreparedTrust } from './prepare-trust.ts';
import { type Entry, READ_KINDS, type ReadEntity } from './read-entity.ts';

/**
 * Too few entries or times, because an entry was removed that `@sigstore/verify` can't read. Only if the key of a trusted log signed that
 * very entry, and the entry is about this signature: an added entry explains nothing.
 */
export const explainEntries: Explanation = ({ asked, read, trust, refusal }) => {
  const lacking = whatLacks(refusal);
  if (lacking === undefined || asked.conceded?.includes(lacking) === true) return undefined;
  const reasons = read.removedEntries.flatMap((entry) => whyRemoved(entry, read, trust) ?? []);
  const [reason] = reasons;
  if (reason === undefined) return undefined;
  const { tlogEntries, timestamps } = asked.entity;
  const rest =
    lacking === 'log' ? withEntries(asked, tlogEntries, reasons.length) : withTimes(asked, timestamps, reasons.length);
  return { reason, rest: { ...rest, conceded: [...(asked.conceded ?? []), lacking] } };
};

function whatLacks({ code, message }: RefusedCase['refusal']): 'log' | 'time' | undefined {
  if (code === 'TLOG_ERROR') return message.startsWith('expected ') ? 'log' : undefined;
  if (code !== 'TIMESTAMP_ERROR') return undefined;
  return /^expected (\d+ timestamps|verified times)/.test(message) ? 'time' : undefined;
}

/** Why it can't read an entry that is about this signature, and that the key of a trusted log signed. */
function whyRemoved(entry: Entry, read: ReadEntity, { unreadLogs, logs }: PreparedTrust): string | undefined {
  const kind = `${entry.kindVersion.kind}:${entry.kindVersion.version}`;
  if (!records(entry, read) || (!READ_KINDS.has(kind) && !OLD_KINDS.has(kind))) return undefined;
  if (unreadLogs.some((key) => isSignedBy(entry, key)))
    return '@sigstore/verify reads logs of P-256 and Ed25519 keys only';
  if (!logs.some(({ publicKey }) => isSignedBy(entry, publicKey))) return undefined;
  return OLD_KINDS.has(kind)
    ? `@sigstore/verify doesn’t read entries of kind ${kind}`
    : '@sigstore/verify knows the log by an id that differs from the one in its entry';
}

// Cosign logged these until 2022. Our own checks read no others that `@sigstore/verify` doesn't.
const OLD_KINDS: ReadonlySet<string> = new Set(['rekord:0.0.1', 'intoto:0.0.1']);

/**
 * Several logs with the same id and name: `@sigstore/verify` takes the first, whichever of them signed. It is asked again without the log that didn't sign, and
 * checks everything.
 */
export const explainShadowedLog: Explanation = ({ asked, refusal: { code, message } }) => {
  if (code !== 'TLOG_INCLUSION_PROOF_ERROR' || message !== 'invalid checkpoint signature') return undefined;
  const { tlogs } = asked.material;
  for (const entry of asked.entity.tlogEntries) {
    const logs = tlogs.filter(({ logID }) => logID.equals(entry.logId.keyId));
    for (const { name, signature } of linesOf(entry)) {
      const [first, ...others] = logs.filter(({ baseURL }) => baseURL.includes(name));
      if (first !== undefined && others.some(({ publicKey }) => holds(noteOf(entry), publicKey, signature)))
        return { rest: { ...asked, material: { ...asked.material, tlogs: tlogs.filter((log) => log !== first) } } };
    }
  }
  return undefined;
};

/** A checkpoint that a trusted log signed, under a name that is in no `baseUrl` of that log. The rest is asked without this proof. */
export const explainCheckpointName: Explanation = ({ asked, trust, refusal: { code, message } }) => {
  if (code !== 'TLOG_INCLUSION_PROOF_ERROR' || message !== 'invalid checkpoint signature') return undefined;
  const { tlogEntries } = asked.entity;
  const found = tlogEntries.find((entry) => {
    const logs = trust.logs.filter(({ logID }) => logID.equals(entry.logId.keyId));
    const named = linesOf(entry).filter(({ signature }) =>
      logs.some(({ publicKey }) => holds(noteOf(entry), publicKey, signature)),
    );
    return (
      named.length > 0 &&
      isIncluded(entry) &&
      named.every(({ name }) => !logs.some(({ baseURL }) => baseURL.includes(name)))
    );
  });
  if (found === undefined) return undefined;
  const left = tlogEntries.flatMap((entry) => {
    if (entry !== found) return [entry];
    return found.inclusionPromise === undefined ? [] : [{ ...found, inclusionProof: undefined }];
  });
  return {
    reason:
      '@sigstore/verify looks for the name in a checkpoint inside the log’s `baseUrl`, and the trusted root has it nowhere',
    rest: withEntries(asked, left, tlogEntries.length - left.length),
  };
};

/** Rekor keeps signatures as base64, those of `intoto` entries as base64 of base64, and of the oldest only the hash of the whole envelope. */
function records({ canonicalizedBody }: Entry, { signature, stamped }: ReadEntity): boolean {
  const text = signature.toString('base64');
  const spellings = [text, Buffer.from(text).toString('base64')];
  if (stamped !== undefined) spellings.push(crypto.hash('sha256', stamped));
  return text !== '' && spellings.some((spelling) => canonicalizedBody.includes(spelling));
}

function isSignedBy(entry: Entry, key: KeyObject): boolean {
  const { inclusionPromise, inclusionProof, integratedTime, logIndex, logId, canonicalizedBody } = entry;
  const promised = json.canonicalize({
    body: canonicalizedBody.toString('base64'),
    integratedTime: Number(integratedTime),
    logIndex: Number(logIndex),
    logID: logId.keyId.toString('hex'),
  });
  // If any part doesn't hold, there is no excuse, whatever else is there.
  if (inclusionPromise !== undefined && !holds(promised, key, inclusionPromise.signedEntryTimestamp)) return false;
  if (inclusionProof?.checkpoint === undefined) return inclusionPromise !== undefined;
  return isIncluded(entry) && linesOf(entry).some(({ signature }) => holds(noteOf(entry), key, signature));
}

/** Is the entry in the tree of its checkpoint? */
function isIncluded({ inclusionProof, canonicalizedBody }: Entry): boolean {
  const { envelope = '' } = inclusionProof?.checkpoint ?? {};
  const [, size = '', root = ''] = envelope.split('\n');
  if (inclusionProof === undefined || !/^\d{1,19}$/.test(size)) return false;
  return verifyInclusion({
    index: BigInt(inclusionProof.logIndex),
    size: BigInt(size),
    leafHash: leafHash(canonicalizedBody),
    hashes: inclusionProof.hashes,
    rootHash: Buffer.from(root, 'base64'),
  });
}

function noteOf({ inclusionProof }: Entry): string {
  const envelope = inclusionProof?.checkpoint?.envelope ?? '';
  return envelope.slice(0, envelope.indexOf('\n\n') + 1);
}

/** The signature lines of a checkpoint; before a signature are four bytes of the key's hash. */
function linesOf({ inclusionProof }: Entry): readonly { readonly name: string; readonly signature: Buffer }[] {
  const envelope = inclusionProof?.checkpoint?.envelope ?? '';
  return [...envelope.matchAll(/^\u2014 (\S+) (\S+)$/gm)].map(([, name = '', text = '']) => ({
    name,
    signature: Buffer.from(text, 'base64').subarray(4),
  }));
}

function holds(text: string, key: KeyObject, signature: Buffer): boolean {
  const hashes = key.asymmetricKeyType === 'ed25519' ? [null] : ['sha256', 'sha384', 'sha512'];
  return hashes.some((name) => {
    try {
      return verify(name, Buffer.from(text, 'utf8'), key, signature);
    } catch {
      return false; // an encoding that no signature of this key has
    }
  });
}
