import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlarmCode, createFileStore, createRekor, monitor, verifyEvidence } from '@sigtrail/rekor';
import {
  bundleManifest,
  createLog,
  createSigstore,
  EMPTY_CONFIG,
  type FakeRekor,
  type FakeSigstore,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  startRekor,
  startRekorV2,
  type TransparencyLog,
} from '@sigtrail/testing';
import type { ImageTrack } from 'sigtrail';
import { trackImage } from 'sigtrail/track';
import { killLoop } from '../../packages/rekor/test/kill-loop.ts';
import type { Figure } from './figure.ts';

/** What tracking and watching promise: images are found in logs, lies are detected, and a kill loses nothing. */
export async function* showTrackAndWatch(): AsyncGenerator<Figure> {
  yield* trackFigures();
  yield await liesFigure();
  yield await killFigure('watcher killed (SIGKILL) at every write, and in the middle of it', 'entries', 'index');
  yield await killFigure('the same while signatures leave a registry', 'signatures that left', 'places');
}

async function killFigure(name: string, what: string, how: 'index' | 'places'): Promise<Figure> {
  const { kills, logged, told, faults, repeatedPosts } = await killLoop(1, how);
  return {
    name,
    passed: faults.length === 0 && told === logged && kills > 30,
    value: `${kills} kills, ${told} of ${logged} ${what} told, ${faults.length} lost, torn or repeated; a webhook heard ${repeatedPosts} again, each with its id`,
  };
}

const FORMATS = ['classic signature in Rekor v1', 'bundle in Rekor v1', 'bundle in Rekor v2'] as const;

async function* trackFigures(): AsyncGenerator<Figure> {
  let steps = 0;
  let found = 0;
  let lost = 0;
  for (const format of FORMATS) {
    const { before, after, chain } = await trackTwice(format);
    if (before.entries[0]?.provenance.body === 'proven' && before.reconciliation.inBoth.length === 1) found++;
    if (after.reconciliation.loggedNotInRegistry.length === 1 && after.signatures.length === 0) lost++;
    steps = Math.max(steps, chain);
  }
  const value = (count: number): string => `${count} of ${FORMATS.length} (${FORMATS.join(', ')})`;
  yield { name: 'image to proven log entries', passed: found === FORMATS.length, value: value(found) };
  yield {
    name: 'deleted signature shows as logged, not in the registry',
    passed: lost === FORMATS.length,
    value: value(lost),
  };
  yield {
    name: 'trackImage, requests to a log that wait for one another',
    passed: steps > 0 && steps <= 3,
    value: `${steps} (at most 3)`,
  };
}

/** Signs an image, tracks it, takes the signature out of the registry, and tracks it again. */
async function trackTwice(
  format: (typeof FORMATS)[number],
): Promise<{ readonly before: ImageTrack; readonly after: ImageTrack; readonly chain: number }> {
  const [sigstore, registry] = await Promise.all([createSigstore({ rekor: { indexOffset: 0 } }), startRegistry()]);
  const [v1, v2] = await Promise.all([startRekor(sigstore.rekor), startRekorV2(sigstore.rekor2)]);
  try {
    registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
    const manifest = manifestOf(EMPTY_CONFIG, []);
    const digest = registry.putManifest('acme/app', manifest, MEDIA_TYPE.manifest, 'v1');
    const signer = await sigstore.issueCertificate();
    let pushed: string;
    if (format === 'classic signature in Rekor v1') {
      const layer = sigstore.signImageLegacy({
        imageDigest: digest,
        dockerReference: `${registry.host}/acme/app`,
        signer,
      });
      pushed = pushManifest(registry, 'acme/app', signatureManifest([layer]), `${digest.replace(':', '-')}.sig`);
    } else {
      const log = format === 'bundle in Rekor v2' ? sigstore.rekor2 : sigstore.rekor;
      const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer, logs: [log] });
      // A real log reads the statement when it is uploaded, and files the entry under its subject.
      const entry = log.entries.find(
        ({ logIndex }) => String(logIndex) === bundle.verificationMaterial.tlogEntries[0]?.logIndex,
      );
      if (entry !== undefined) v1.index.add(digest, entry);
      const subject = { mediaType: MEDIA_TYPE.manifest, digest, size: manifest.length };
      pushed = pushManifest(registry, 'acme/app', bundleManifest(bundle, subject));
    }
    v1.lie = async (_, honest) => {
      await new Promise((resolve) => setTimeout(resolve, 50)); // what is asked together overlaps
      return honest;
    };
    const options = {
      trust: { json: JSON.stringify(sigstore.trustedRoot()) },
      logs: [
        { url: v1.url, log: sigstore.rekor.baseUrl, version: 1 },
        { url: v2.url, log: sigstore.rekor2.baseUrl, version: 2 },
      ] as const,
      scanEntries: 100,
    };
    const reference = `${registry.host}/acme/app:v1`;
    const before = await trackImage(reference, options);
    const chain = longestChain(v1.requests);
    registry.remove('acme/app', pushed);
    if (format === 'classic signature in Rekor v1') registry.remove('acme/app', `${digest.replace(':', '-')}.sig`);
    return { before, after: await trackImage(reference, options), chain };
  } finally {
    await Promise.all([registry.close(), v1.close(), v2.close()]);
  }
}

function longestChain(requests: FakeRekor['requests']): number {
  const chain = (from: number): number =>
    Math.max(0, ...requests.filter(({ begin }) => begin >= from).map(({ end }) => 1 + chain(end)));
  return chain(0);
}

interface Lie {
  readonly code: AlarmCode;
  /** Makes the log lie after a watcher has seen it honest. */
  readonly tell: (server: FakeRekor, log: TransparencyLog, sigstore: FakeSigstore) => Promise<void> | void;
}

const LIES: readonly Lie[] = [
  {
    code: 'fork',
    tell: (server, log) => {
      const fork = log.fork(2);
      for (let i = 0; i < 4; i++) fork.append({ apiVersion: '0.0.1', kind: 'rekord', spec: { n: i } }, new Date());
      server.shards = [fork];
    },
  },
  {
    code: 'rollback',
    tell: (server, log) => {
      server.shards = [log.fork(2)];
    },
  },
  {
    code: 'stale-replica',
    tell: (server, log) => {
      const { lie } = answerOnce(log.fork(2));
      server.lie = lie;
    },
  },
  {
    code: 'entry-dropped',
    tell: (server, log) => {
      const entry = log.entries[1];
      if (entry === undefined) return;
      server.index.forget(entry);
      server.lie = ({ path }, honest) => (path.endsWith(entry.uuid) ? { status: 404 } : honest);
    },
  },
  {
    code: 'index-mismatch',
    tell: async (server, log, sigstore) => {
      await sign(sigstore);
      server.lie = ({ path }, honest) =>
        path.endsWith('/retrieve') && path.includes('/log/')
          ? { status: 200, json: swapIndexes(honest.json, log) }
          : honest;
    },
  },
  {
    code: 'untrusted-key',
    tell: (server, log) => {
      server.shards = [createLog({ host: log.host, treeId: log.treeId, indexOffset: 0, neighbours: 9 })];
    },
  },
  {
    code: 'wrong-tree',
    tell: (server, log) => {
      server.shards = [createLog({ host: log.host, key: log.key, treeId: 99n, indexOffset: 0, neighbours: 9 })];
    },
  },
  {
    code: 'log-changed',
    tell: (server, log) => {
      server.shards = [createLog({ host: 'renamed.fake.test', key: log.key, indexOffset: 0, neighbours: 9 })];
    },
  },
];

async function liesFigure(): Promise<Figure> {
  const answers = await Promise.all(LIES.map(async (lie) => ({ code: lie.code, ...(await alarmOf(lie)) })));
  const good = answers.filter(({ code, raised, holds }) => raised === code && holds);
  const bad = answers.filter((answer) => !good.includes(answer)).map(({ code, raised }) => `${code} raised ${raised}`);
  return {
    name: 'lies of a log, each with its own alarm, and evidence that verifies offline',
    passed: bad.length === 0,
    value: `${good.length} of ${LIES.length} (${LIES.map(({ code }) => code).join(', ')})${bad.length === 0 ? '' : `; ${bad.join('; ')}`}`,
  };
}

const DIGEST = `sha256:${'ab'.repeat(32)}`;

async function sign(sigstore: FakeSigstore): Promise<void> {
  const signer = await sigstore.issueCertificate();
  sigstore.signImageLegacy({ imageDigest: DIGEST, dockerReference: 'registry.test/acme/app', signer });
}

async function alarmOf({ tell }: Lie): Promise<{ readonly raised: string; readonly holds: boolean }> {
  const sigstore = await createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } });
  const log = sigstore.rekor;
  const server = await startRekor(log);
  const trust = [{ publicKey: log.key.publicKey, logId: log.logId }];
  const rekor = createRekor({ url: server.url, trust, version: 1, retries: 0 });
  const watcher = monitor({
    logs: [{ rekor }],
    images: [{ digest: DIGEST, repository: 'registry.test/acme/app' }],
    store: createFileStore(await mkdtemp(join(tmpdir(), 'sigtrail-show-'))),
    sinks: [],
  });
  try {
    await sign(sigstore);
    await sign(sigstore);
    await watcher.run();
    await tell(server, log, sigstore);
    const alarms = (await watcher.run()).events.filter((event) => event.kind === 'alarm');
    const codes = new Set(alarms.map(({ code }) => code));
    const evidence = alarms[0]?.evidence;
    return {
      raised: [...codes].join(' and ') || 'nothing',
      holds: evidence !== undefined && verifyEvidence(evidence, { logs: trust }).holds,
    };
  } finally {
    await Promise.all([rekor.close(), server.close()]);
  }
}

/** The first two answers about the log are those of an older state. */
function answerOnce(older: TransparencyLog): { readonly lie: NonNullable<FakeRekor['lie']> } {
  let infos = 0;
  return {
    lie: ({ path }, honest) =>
      path === '/api/v1/log' && ++infos <= 2
        ? {
            status: 200,
            json: {
              inactiveShards: null,
              rootHash: older.rootHash().toString('hex'),
              treeSize: older.entries.length,
              signedTreeHead: older.checkpoint(),
              treeID: String(older.treeId),
            },
          }
        : honest,
  };
}

interface Served {
  readonly body: string;
  readonly integratedTime: number;
  logIndex: number;
  readonly verification: { signedEntryTimestamp: string };
}

/** The log serves each entry under the next index, and signs that promise too. */
function swapIndexes(honest: unknown, log: TransparencyLog): unknown {
  const list = structuredClone(honest) as readonly Readonly<Record<string, Served>>[];
  for (const served of list.flatMap((one) => Object.values(one))) {
    served.logIndex += 1;
    const { logIndex, integratedTime } = served;
    const body = Buffer.from(served.body, 'base64');
    served.verification.signedEntryTimestamp = log
      .signedEntryTimestamp({ body, logIndex, integratedTime })
      .toString('base64');
  }
  return list;
}
