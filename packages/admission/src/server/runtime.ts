import type { VerifierOptions } from 'sigtrail';
import { directoryStore } from 'sigtrail/stores';
import { AdmissionError } from '../error.ts';
import { createAsk, type ScopedVerifier } from '../judge/ask.ts';
import type { SharedAnswers } from '../judge/share-answers.ts';
import { excuseByNamespace } from '../kubernetes/namespace-exceptions.ts';
import { readPullSecrets } from '../kubernetes/pull-secrets.ts';
import { type ApiReader, openApiReader } from '../kubernetes/read-api.ts';
import type { ReviewContext } from '../review/review.ts';
import type { Workload } from '../review/workload.ts';
import { readImageMap } from '../settings/image-map.ts';
import { openTrust, type OpenedTrust } from '../settings/open-trust.ts';
import { readSettings } from '../settings/read-settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { WatchedFiles } from '../settings/watched-files.ts';
import type { Metrics } from './metrics.ts';
import { createVerifierPool, type Lease, type VerifierPool } from './verifier-pool.ts';

/** Everything that the settings decide. New settings make a new one, beside which the old one finishes its work. */
export interface Runtime {
  readonly settings: Settings;
  readonly trust: OpenedTrust;
  /** Works on one object, or on the keys of one request of Gatekeeper. */
  review<T>(deadline: Date, work: (context: ReviewContext) => Promise<T>): Promise<T>;
  /** Waits for the work that has begun, which all has a deadline, and closes the connections. */
  close(): Promise<void>;
}

/** What outlives settings. */
export interface RuntimeParts {
  readonly file: string;
  readonly shared: SharedAnswers;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** What the questions of one piece of work are answered with. */
interface Means {
  readonly pool: VerifierPool;
  readonly api: ApiReader | undefined;
  readonly own: object | false;
  readonly settings: Settings;
}

/** Reads the settings and all that they name into `files`. @throws AdmissionError `invalid-settings` */
export async function openRuntime({ file, shared, metrics, now }: RuntimeParts, files: WatchedFiles): Promise<Runtime> {
  const settings = await readSettings(file, {
    text: files.text,
    map: async (path, shownAs) => readImageMap(path, shownAs, files),
  });
  const { cluster, registry } = settings;
  const trust = await openTrust(settings.trust, files);
  const own = registry.dockerConfig === undefined ? false : parseConfig(await files.text(registry.dockerConfig));
  const pool = createVerifierPool(await verifierOptions(settings, trust, files, metrics));
  const api = cluster.pullSecrets || cluster.namespaceExceptions ? await openApiReader(cluster) : undefined;
  const means: Means = { pool, api, own, settings };
  const ask = createAsk(shared);
  const working = new Set<Promise<void>>();
  return {
    settings,
    trust,
    review: async (deadline, work) => {
      const leases: Lease[] = [];
      const context: ReviewContext = {
        rows: settings.namespaces,
        ask: ({ namespace = '' }, workload) =>
          ask(async () => scopedVerifier(means, { namespace, workload, deadline, leases }), deadline),
        now,
        ...(api === undefined || !cluster.namespaceExceptions
          ? {}
          : { excuse: async (layers, namespace) => excuseByNamespace(api, layers, namespace, deadline) }),
      };
      const done = work(context);
      // One object can ask several questions in turn: the verifier may be closed only after the last one.
      const ended = done.then(
        () => undefined,
        () => undefined,
      );
      working.add(ended);
      void ended.then(() => {
        working.delete(ended);
        for (const lease of leases) lease.release();
      });
      return done;
    },
    close: async () => {
      await Promise.all(working);
      await Promise.all([pool.close(), api?.close()]);
    },
  };
}

interface Piece {
  readonly namespace: string;
  readonly workload: Workload | undefined;
  readonly deadline: Date;
  readonly leases: Lease[];
}

/** The verifier with this process's own credentials, or with those that the Pod brings, which come first. */
async function scopedVerifier({ pool, api, own, settings }: Means, piece: Piece): Promise<ScopedVerifier> {
  const { namespace, workload, deadline, leases } = piece;
  const brought =
    api === undefined || workload === undefined || !settings.cluster.pullSecrets
      ? undefined
      : await readPullSecrets(api, namespace, workload, deadline);
  const scope = brought?.scope ?? '';
  const lease = pool.lease(scope, brought === undefined || scope === '' ? own : withOwn(brought.config, own));
  leases.push(lease);
  return { scope, verifier: lease.verifier, problems: brought?.problems ?? [] };
}

function withOwn({ auths }: { readonly auths: object }, own: object | false): object {
  const ours = own !== false && 'auths' in own && typeof own.auths === 'object' ? own.auths : {};
  return { auths: { ...ours, ...auths } };
}

async function verifierOptions(
  { registry, store, limits }: Settings,
  trust: OpenedTrust,
  files: WatchedFiles,
  metrics: Metrics,
): Promise<VerifierOptions> {
  const { directory, maxBytes } = store ?? {};
  return {
    trust: trust.input,
    concurrency: limits.concurrency,
    maxQueue: limits.queue,
    registry: {
      insecureRegistries: registry.insecure,
      onRequest: metrics.registry,
      ...(registry.ca === undefined ? {} : { ca: await files.text(registry.ca) }),
    },
    ...(directory === undefined
      ? {}
      : { stores: { blobs: directoryStore(directory, maxBytes === undefined ? {} : { maxBytes }) } }),
  };
}

/** @throws AdmissionError `invalid-settings`, without a word of what is in the file: it holds credentials */
function parseConfig(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The parser's own message quotes the text.
  }
  throw new AdmissionError('invalid-settings', 'registry.dockerConfig names a file that is no Docker configuration');
}
