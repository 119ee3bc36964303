import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type BundleJson, createCtLog, createTimestampAuthority } from '@sigtrail/testing';
import type { Attack } from './attack.ts';
import { repeat, statement, subjects, tokensOf } from './edits.ts';
import { IDENTITY, NOW, type Outcome, type World } from './world.ts';

const compressed = (pack: (bytes: Buffer) => Buffer) => (world: World) =>
  world.image((image) => {
    const bundle = image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer });
    const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const bytes = pack(Buffer.from(JSON.stringify(bundle)));
    image.registry.attachReferrer(image.repository, image.digest, {
      artifactType: mediaType,
      layers: [{ bytes, mediaType }],
    });
  });

const twoCtLogs = async (world: World, distinct: boolean): Promise<Outcome> => {
  const second = createCtLog({ now: NOW, baseUrl: 'https://ct2.fake.test/log' });
  const log = distinct ? second : world.sigstore.ctLog;
  return world.bundle({
    certificate: { scts: [{ log: world.sigstore.ctLog }, { log, at: new Date(NOW.getTime() + 1000) }] },
    trusted: { ctLogs: [world.sigstore.ctLog, second] },
    policy: { signedBy: IDENTITY, require: { sct: 2 } },
  });
};
const twoTokens = async (world: World, distinct: boolean): Promise<Outcome> => {
  const second = await createTimestampAuthority({ now: NOW, name: 'tsa2.fake.test' });
  const authority = distinct ? second : world.sigstore.tsa;
  return world.bundle({
    sign: { timestamps: [world.sigstore.tsa, { authority, at: new Date(NOW.getTime() + 1000) }] },
    trusted: { timestampAuthorities: [world.sigstore.tsa, second] },
    policy: { signedBy: IDENTITY, require: { tsa: 2 } },
  });
};
/** One entry that counts, and 31 of as many unknown logs. */
const manyEntries = ({ verificationMaterial: { tlogEntries } }: BundleJson): void => {
  const [entry] = tlogEntries;
  if (entry === undefined) return;
  for (let other = 1; other < 32; other += 1)
    tlogEntries.push({ ...entry, logId: { keyId: Buffer.alloc(32, other).toString('base64') } });
};
/** Two log entries, where two logs are asked for. */
export const twoEntries = (distinct: boolean) => (world: World) =>
  world.bundle({
    sign: {
      logs: [world.sigstore.rekor, distinct ? world.sigstore.rekor2 : { log: world.sigstore.rekor, kind: 'intoto' }],
    },
    policy: { signedBy: IDENTITY, require: { log: 2 } },
  });

/** Advisories about sizes and numbers. */
export const LIMIT_ATTACKS: readonly Attack[] = [
  ...([gzipSync, zstdCompressSync] as const).map(
    (pack): Attack => ({
      row: 'GHSA-cq2j-v5qh-cjqh',
      attack: `a bundle in ${pack === gzipSync ? 'gzip' : 'zstd'}, which is not unpacked`,
      code: 'bundle-not-json',
      attacked: compressed((bytes) => pack(bytes)),
      honest: compressed((bytes) => bytes),
    }),
  ),
  {
    row: 'CVE-2024-45395',
    attack: 'more than 32 log entries',
    code: 'bundle-malformed',
    attacked: ({ bundle }) => bundle({ edit: ({ verificationMaterial: { tlogEntries } }) => repeat(tlogEntries, 33) }),
    honest: ({ bundle }) => bundle({ edit: manyEntries }),
  },
  {
    row: 'CVE-2024-45395',
    attack: '33 timestamps',
    code: 'bundle-malformed',
    attacked: ({ bundle, sigstore }) =>
      bundle({ sign: { timestamps: [sigstore.tsa] }, edit: (made) => repeat(tokensOf(made), 33) }),
    honest: ({ bundle, sigstore }) => bundle({ sign: { timestamps: Array.from({ length: 32 }, () => sigstore.tsa) } }),
  },
  {
    row: 'CVE-2024-45395',
    attack: '1,025 subjects',
    code: 'statement-malformed',
    attacked: ({ bundle }) => bundle(statement(subjects(1025))),
    honest: ({ bundle }) => bundle(statement(subjects(1024))),
  },
  {
    row: 'GHSA-9vcr-p3rj-q5q6',
    attack: 'two entries of one log, where two logs are asked for',
    code: 'log-missing',
    attacked: twoEntries(false),
    honest: twoEntries(true),
  },
  {
    row: 'GHSA-9vcr-p3rj-q5q6',
    attack: 'two SCTs of one log, where two logs are asked for',
    code: 'sct-missing',
    attacked: (world) => twoCtLogs(world, false),
    honest: (world) => twoCtLogs(world, true),
  },
  {
    row: 'GHSA-9vcr-p3rj-q5q6',
    attack: 'two timestamps of one authority, where two are asked for',
    code: 'timestamp-missing',
    attacked: (world) => twoTokens(world, false),
    honest: (world) => twoTokens(world, true),
  },
];
