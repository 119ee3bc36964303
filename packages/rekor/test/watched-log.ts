import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLog,
  createSigstore,
  type FakeRekor,
  type FakeSigstore,
  type IssuedCertificate,
  startRekor,
  type TransparencyLog,
} from '@sigtrail/testing';
import { createRekor } from '../src/client/client.ts';
import type { TrustedLog } from '../src/note/trusted-log.ts';
import type { Rekor } from '../src/client/rekor.ts';
import { createFileStore } from '../src/monitor/file-store.ts';
import { jsonlSink } from '../src/monitor/jsonl-sink.ts';
import { type Monitor, monitor, type MonitorOptions } from '../src/monitor/monitor.ts';
import type { WatchEvent } from '../src/monitor/watch-event.ts';
import { DIGEST, REPOSITORY } from './watched-image.ts';

/** A log on loopback, somebody who signs, and a folder for a watcher. */
export interface World {
  readonly sigstore: FakeSigstore;
  readonly log: TransparencyLog;
  readonly server: FakeRekor;
  readonly rekor: Rekor;
  readonly trust: readonly TrustedLog[];
  readonly signer: IssuedCertificate;
  readonly folder: string;
  /** Signs and logs the image `DIGEST` as cosign 2 does. */
  sign(signer?: IssuedCertificate, log?: TransparencyLog): void;
  watcher(options?: Partial<MonitorOptions>): Monitor;
  /** The events in the file of the JSONL sink. */
  events(): Promise<readonly WatchEvent[]>;
  close(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const sigstore = await createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } });
  const log = sigstore.rekor;
  const signer = await sigstore.issueCertificate();
  const server = await startRekor(log);
  const trust = [trustOf(log)];
  const rekor = createRekor({ url: server.url, trust, version: 1, retries: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-watch-'));
  const file = join(folder, 'events.jsonl');
  return {
    sigstore,
    log,
    server,
    rekor,
    trust,
    signer,
    folder,
    sign: (by = signer, into = log) =>
      void sigstore.signImageLegacy({
        imageDigest: DIGEST,
        dockerReference: REPOSITORY,
        signer: by,
        rekor: into,
      }),
    watcher: (options = {}) =>
      monitor({
        logs: [{ rekor }],
        images: [{ digest: DIGEST, repository: REPOSITORY }],
        store: createFileStore(join(folder, 'state')),
        sinks: [jsonlSink(file)],
        ...options,
      }),
    events: async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as WatchEvent);
    },
    close: async () => {
      await rekor.close();
      await server.close();
    },
  };
}

/** The key of a log, as a trusted root would give it. */
export function trustOf(log: TransparencyLog): TrustedLog {
  return { publicKey: log.key.publicKey, logId: log.logId };
}

/** A next tree of a log: it begins where the one before ends. */
export function nextShard(log: TransparencyLog, treeId: bigint, neighbours = 1): TransparencyLog {
  return createLog({
    host: log.host,
    key: log.key,
    treeId,
    indexOffset: log.entries.length + (log.entries[0]?.logIndex ?? 0),
    neighbours,
  });
}
