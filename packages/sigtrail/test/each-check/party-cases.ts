import { createCtLog, createTimestampAuthority } from '@sigtrail/testing';
import { identity, now } from '../attempt.ts';
import type { Case } from './asked.ts';

const operator = 'one.test';

/** Enough pieces of evidence, by too few parties. */
export const PARTY_CASES: readonly Case[] = [
  [
    'log-missing',
    'two logs of one operator, where two are required',
    ({ rekor, rekor2, tsa }) => ({
      sign: { logs: [rekor, rekor2], timestamps: [tsa] },
      root: ({ tlogs }) => tlogs.forEach((log) => Object.assign(log, { operator })),
      policy: { signedBy: identity, require: { log: 2 } },
    }),
  ],
  [
    'sct-missing',
    'two CT logs of one operator, where two are required',
    ({ ctLog }) => {
      const second = createCtLog({ now, baseUrl: 'https://ct2.fake.test/log' });
      return {
        certificate: { scts: [{ log: ctLog }, { log: second }] },
        root: ({ ctlogs, ctlogs: [log] }) => {
          if (log === undefined) throw new Error('the root has a CT log');
          const rawBytes = second.key.spki.toString('base64');
          ctlogs.push({
            ...log,
            publicKey: { ...log.publicKey, rawBytes },
            logId: { keyId: second.logId.toString('base64') },
          });
          for (const one of ctlogs) one.operator = operator;
        },
        policy: { signedBy: identity, require: { sct: 2 } },
      };
    },
  ],
  [
    'time-missing',
    'a log and a timestamp authority of one operator, where two times are required',
    ({ tsa }) => ({
      sign: { timestamps: [tsa] },
      root: ({ tlogs, timestampAuthorities }) =>
        [...tlogs, ...timestampAuthorities].forEach((one) => Object.assign(one, { operator })),
      policy: { signedBy: identity, require: { time: 2 } },
    }),
  ],
  [
    'timestamp-missing',
    'two certificates of one timestamp authority, where two authorities are required',
    async ({ tsa }) => {
      const rotated = await createTimestampAuthority({ now, name: 'tsa2.fake.test', ca: tsa.ca });
      return {
        sign: { timestamps: [tsa, rotated] },
        root: ({ timestampAuthorities, timestampAuthorities: [first] }) => {
          if (first === undefined) throw new Error('the root has a timestamp authority');
          const certificates = rotated.chain.map((der) => ({ rawBytes: der.toString('base64') }));
          timestampAuthorities.push({ ...first, certChain: { certificates } });
        },
        policy: { signedBy: identity, require: { tsa: 2 } },
      };
    },
  ],
];
