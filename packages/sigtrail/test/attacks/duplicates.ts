import { createHash } from 'node:crypto';
import { createTimestampAuthority } from '@sigtrail/testing';
import { tokensOf } from './edits.ts';
import { IDENTITY, NOW, type Outcome, type World } from './world.ts';

const twoLogs = { signedBy: IDENTITY, require: { log: 2 } };

/** A log of Rekor v2 that the root knows by its key and by name and key; with its entry under both, or with an entry of another log. */
export const underBothIds =
  (isTwice: boolean) =>
  ({ bundle, sigstore: { rekor, rekor2, tsa } }: World): Promise<Outcome> => {
    const keyId = createHash('sha256').update(rekor2.key.spki).digest('base64');
    return bundle({
      sign: { logs: isTwice ? [rekor2] : [rekor2, rekor], timestamps: [tsa] },
      edit: ({ verificationMaterial: { tlogEntries } }) => {
        const [entry] = tlogEntries;
        if (isTwice && entry !== undefined) tlogEntries.push({ ...entry, logId: { keyId } });
      },
      root: ({ tlogs: [, log] }) => {
        if (log !== undefined) Object.assign(log, { checkpointKeyId: log.logId, logId: { keyId } });
      },
      policy: twoLogs,
    });
  };

/** Entries of two logs, by who runs them. */
export const byOperators =
  (first: string, second: string) =>
  ({ bundle, sigstore: { rekor, rekor2, tsa } }: World): Promise<Outcome> =>
    bundle({
      sign: { logs: [rekor, rekor2], timestamps: [tsa] },
      root: ({ tlogs }) => tlogs.forEach((log, index) => void (log.operator = index === 0 ? first : second)),
      policy: twoLogs,
    });

/** A token of one authority and the same with a status that it didn't sign; or the tokens of two authorities. */
export const stampedTwice =
  (isSame: boolean) =>
  async ({ bundle, sigstore: { tsa } }: World): Promise<Outcome> => {
    const second = await createTimestampAuthority({ now: NOW, name: 'tsa2.fake.test' });
    return bundle({
      sign: { timestamps: isSame ? [tsa] : [tsa, second] },
      trusted: { timestampAuthorities: [tsa, second] },
      edit: (made) => {
        const [token] = tokensOf(made);
        if (!isSame || token === undefined) return;
        const bytes = Buffer.from(token.signedTimestamp, 'base64');
        bytes[bytes.indexOf(Buffer.of(2, 1, 0)) + 2] = 1; // granted with modifications
        tokensOf(made).push({ signedTimestamp: bytes.toString('base64') });
      },
      policy: { signedBy: IDENTITY, require: { tsa: 2 } },
    });
  };
