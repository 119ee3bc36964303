import {
  createCtLog,
  createSigstore,
  createTimestampAuthority,
  type FakeSigstore,
  type TrustedRootJson,
  type TrustedRootOptions,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Attempt, artifact, identity, mint, now } from '../../test/attempt.ts';
import { isSigtrailError } from '../error.ts';
import type { RequiredEvidence } from '../policy/policy.ts';
import type { CandidateReport } from '../report/report.ts';
import { verifyBundle } from '../verify-bundle.ts';
import { operatorMarks } from './party.ts';

let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

interface Question extends Attempt {
  readonly require: RequiredEvidence;
  readonly trusted?: TrustedRootOptions;
}

async function reportOf({ require, trusted, ...made }: Question): Promise<CandidateReport> {
  const { bundle } = await mint(sigstore, made);
  const root = sigstore.trustedRoot(trusted);
  made.root?.(root);
  try {
    const options = { trust: { json: JSON.stringify(root) }, now: () => now };
    return (await verifyBundle(bundle, artifact, { signedBy: identity, require }, options)).report;
  } catch (error) {
    if (isSigtrailError(error) && error.candidate !== undefined) return error.candidate;
    throw error;
  }
}

const bothLogs = (): NonNullable<Attempt['sign']> => ({
  logs: [sigstore.rekor, sigstore.rekor2],
  timestamps: [sigstore.tsa],
});
const operators =
  (...names: readonly (string | undefined)[]) =>
  ({ tlogs }: TrustedRootJson): void => {
    for (const [index, log] of tlogs.entries()) if (names[index] !== undefined) log.operator = names[index];
  };

describe('a threshold of logs counts their operators', () => {
  it.each<readonly [string, readonly (string | undefined)[], boolean]>([
    ['two operators', ['one.test', 'two.test'], true],
    ['none named: by their keys', [], true],
    ['an operator of one of them', ['one.test', undefined], true],
    ['one operator', ['one.test', 'one.test'], false],
    ['one operator in two spellings', ['one.test', ' https://One.Test/ '], false],
  ])('%s', async (_, names, accepted) => {
    const report = await reportOf({ sign: bothLogs(), root: operators(...names), require: { log: 2 } });
    expect(report.accepted).toBe(accepted);
    expect(report.refusedBecause ?? '').toBe(accepted ? '' : 'log-missing');
  });

  it('and says what it counted', async () => {
    const report = await reportOf({ sign: bothLogs(), root: operators('one.test', 'one.test'), require: { log: 2 } });
    expect(report.checks.find(({ check }) => check === 'required-log')).toMatchObject({
      status: 'failed',
      actual: '1',
      message: '1 distinct transparency log (operator one.test), 2 required',
    });
  });

  it('counts shards of one key once, also when only one of them names the operator', async () => {
    const root = ({ tlogs: [first, second] }: TrustedRootJson): void => {
      if (first === undefined || second === undefined) throw new Error('the root has two logs');
      second.publicKey = structuredClone(first.publicKey);
      second.operator = 'one.test';
    };
    const { accepted } = await reportOf({
      sign: { logs: [sigstore.rekor, { log: sigstore.rekor, kind: 'intoto' }] },
      root,
      require: { log: 2 },
    });
    expect(accepted).toBe(false);
  });
});

describe('a threshold of CT logs counts their operators', () => {
  it.each([
    [['one.test', 'two.test'], true],
    [['one.test', 'ONE.test'], false],
  ] as const)('%j', async (names, accepted) => {
    const second = createCtLog({ now, baseUrl: 'https://ct2.fake.test/log' });
    const report = await reportOf({
      certificate: { scts: [{ log: sigstore.ctLog }, { log: second }] },
      trusted: { ctLogs: [sigstore.ctLog, second] },
      root: ({ ctlogs }) => ctlogs.forEach((log, index) => void (log.operator = names[index] ?? '')),
      require: { sct: 2 },
    });
    expect(report.accepted).toBe(accepted);
  });
});

describe('a threshold of timestamp authorities counts their anchors', () => {
  const twoStamps = async (
    second: Awaited<ReturnType<typeof createTimestampAuthority>>,
    root: (made: TrustedRootJson) => void = () => undefined,
  ): Promise<CandidateReport> =>
    reportOf({
      sign: { timestamps: [sigstore.tsa, second] },
      trusted: { timestampAuthorities: [sigstore.tsa, second] },
      root,
      require: { tsa: 2 },
    });

  it('two anchors count twice, and once under one operator', async () => {
    const second = await createTimestampAuthority({ now, name: 'tsa2.fake.test' });
    expect((await twoStamps(second)).accepted).toBe(true);
    const report = await twoStamps(second, ({ timestampAuthorities }) =>
      timestampAuthorities.forEach((authority) => void (authority.operator = 'one.test')),
    );
    expect(report.refusedBecause).toBe('timestamp-missing');
  });

  it('a rotated leaf under one anchor counts once', async () => {
    const second = await createTimestampAuthority({ now, name: 'tsa2.fake.test', ca: sigstore.tsa.ca });
    expect((await twoStamps(second)).refusedBecause).toBe('timestamp-missing');
  });
});

it('counts the time of a log and of a timestamp authority once when one operator runs both', async () => {
  const made = { sign: { timestamps: [sigstore.tsa] }, require: { time: 2 } };
  expect((await reportOf(made)).accepted).toBe(true);
  const root = ({ tlogs, timestampAuthorities }: TrustedRootJson): void =>
    [...tlogs, ...timestampAuthorities].forEach((one) => void (one.operator = 'one.test'));
  expect((await reportOf({ ...made, root })).refusedBecause).toBe('time-missing');
});

it.each([
  'Sigstore.dev',
  ' sigstore.dev',
  'sigstore.dev/',
  'https://sigstore.dev',
  'sigstore\u200b.dev',
  'ｓigstore.dev',
])('knows the operator %j by its other spellings', (spelling) => {
  expect(operatorMarks(spelling)).toEqual(operatorMarks('sigstore.dev'));
});

it.each([undefined, '', ' \n'])('takes %j for no operator', (operator) => {
  expect(operatorMarks(operator)).toEqual([]);
});
