import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:https';
import { checkOptions, expecting, type OptionTable, requireText } from '@sigtrail/encoding';
import { createSharedAnswers } from './judge/share-answers.ts';
import { createLog } from './server/log.ts';
import { createMetrics } from './server/metrics.ts';
import { keepReloading } from './server/reloading.ts';
import { answerRequest } from './server/routes.ts';

/** How the process is started. */
export interface AdmissionOptions {
  /** Gets each line of the log, with its line break. Unless given, nothing is logged. */
  readonly write?: ((line: string) => void) | undefined;
  readonly now?: (() => Date) | undefined;
}

/** A webhook that answers. */
export interface Admission {
  /** `https://127.0.0.1:8443` */
  readonly url: string;
  /** Looks at the settings, the maps and the certificates now; what can't be used is told in the log, and what was used before stays. */
  reload(): Promise<void>;
  /** Tells Services that this replica ends, answers what still comes for `drainMs`, then ends. */
  drain(): Promise<void>;
  /** Ends at once: requests that are being answered are cut off. */
  close(): Promise<void>;
}

const A_FUNCTION = expecting('a function', (value) => typeof value === 'function');
const OPTIONS: OptionTable<AdmissionOptions> = { write: A_FUNCTION, now: A_FUNCTION };

/** Longer than any client of ours keeps a connection. */
const KEPT_MS = 120_000;
/** For the last answers to be on their way after they are written. */
const FLUSH_MS = 500;

/**
 * Starts the webhook from its settings file.
 *
 * @throws AdmissionError `invalid-settings` with file, line and column; TypeError `unknown-option`, `invalid-option`
 * @example
 * const admission = await startAdmission('/etc/sigtrail/settings.yaml');
 * process.on('SIGTERM', () => void admission.drain());
 */
export async function startAdmission(settingsFile: string, options: AdmissionOptions = {}): Promise<Admission> {
  requireText(settingsFile, 'startAdmission', 'settingsFile');
  checkOptions(options, OPTIONS, 'startAdmission');
  const { now = () => new Date(), write = () => undefined } = options;
  const log = createLog(write, now);
  const metrics = createMetrics();
  const shared = createSharedAnswers();
  const live = await keepReloading({ file: settingsFile, shared, metrics, now, log });
  let isDraining = false;
  const routed = {
    review: live.review,
    metrics,
    log,
    now,
    isDraining: () => isDraining,
    settings: live.settings,
    notReady: async () => {
      if (isDraining) return 'this replica ends';
      const trust = await live.trust();
      return trust.ready ? undefined : `no trust: ${trust.why}`;
    },
    metricsText: async () =>
      metrics.text({ joined: shared.joined(), open: shared.open(), trust: await live.trust(), now: now() }),
  };
  const answering = new Set<Promise<void>>();
  // The kubelet's probes have no certificate: who must have one is decided by path.
  const server = createServer(
    { ...live.tls(), requestCert: true, rejectUnauthorized: false, handshakeTimeout: 10_000 },
    (request, response) => {
      const answer = answerRequest(request, response, routed).finally(() => answering.delete(answer));
      answering.add(answer);
    },
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // The API server keeps a connection for 90 s, also one that it has asked nothing on yet, and doesn't repeat a request on a connection that ended under it.
  server.keepAliveTimeout = KEPT_MS;
  server.headersTimeout = KEPT_MS;
  server.requestTimeout = KEPT_MS;
  live.onCertificate((tls) => server.setSecureContext({ ...tls }));
  const { host, port } = live.settings().listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve());
  });
  // A server that listens on a port has an address with one.
  const bound = server.address() as AddressInfo;
  log('info', 'listening', { host: bound.address, port: bound.port });
  const end = async (cut: boolean): Promise<void> => {
    live.stop();
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    if (!cut) {
      await Promise.all(answering);
      server.closeIdleConnections();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, FLUSH_MS))]);
    }
    // Clients keep connections that they asked nothing on, not even for TLS, which would keep this process for as long.
    for (const socket of sockets) socket.destroy();
    await closed;
    await live.close();
    log('info', 'ended');
  };
  return {
    url: `https://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${String(bound.port)}`,
    reload: live.reload,
    drain: async () => {
      isDraining = true;
      log('info', 'draining', { drainMs: live.settings().drainMs });
      await new Promise((resolve) => setTimeout(resolve, live.settings().drainMs));
      await end(false);
    },
    close: async () => end(true),
  };
}
