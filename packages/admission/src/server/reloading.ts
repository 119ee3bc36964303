import type { SecureContextOptions } from 'node:tls';
import { isAdmissionError } from '../error.ts';
import type { TrustState } from '../settings/open-trust.ts';
import type { Settings } from '../settings/settings.ts';
import { watchFiles, type WatchedFiles } from '../settings/watched-files.ts';
import type { Log } from './log.ts';
import { openRuntime, type Runtime, type RuntimeParts } from './runtime.ts';
import { readTls } from './tls-context.ts';

/** What the files say now. */
export interface Live {
  readonly settings: () => Settings;
  readonly review: Runtime['review'];
  readonly trust: () => Promise<TrustState>;
  readonly tls: () => SecureContextOptions;
  /** Is told of each new certificate. */
  readonly onCertificate: (use: (tls: SecureContextOptions) => void) => void;
  /** Looks at the files now. */
  readonly reload: () => Promise<void>;
  /** Looks no more. */
  readonly stop: () => void;
  readonly close: () => Promise<void>;
}

/**
 * Reads the settings and their files, and reads them again when they change. Settings that can't be used are told in the log, and those from before stay: a typing error must
 * neither stop the cluster nor open it.
 *
 * @throws AdmissionError `invalid-settings` at the start
 */
export async function keepReloading({ log, ...parts }: RuntimeParts & { readonly log: Log }): Promise<Live> {
  let files = watchFiles();
  let runtime = await openRuntime(parts, files);
  let tlsFiles = watchFiles();
  let tls = await readTls(runtime.settings.tls, tlsFiles);
  let useCertificate: (tls: SecureContextOptions) => void = () => undefined;
  const closing = new Set<Promise<void>>();

  const renewTls = async ({ settings }: Runtime): Promise<void> => {
    const fresh = watchFiles();
    const next = await readTls(settings.tls, fresh);
    useCertificate(next); // throws for a key that doesn't fit, and keeps the old ones
    tls = next;
    tlsFiles = fresh;
    parts.metrics.reload('certificate', 'ok');
    log('info', 'certificate-reloaded');
  };
  const renewSettings = async (): Promise<void> => {
    const fresh = watchFiles();
    try {
      const next = await openRuntime(parts, fresh);
      try {
        if (JSON.stringify(next.settings.tls) !== JSON.stringify(runtime.settings.tls)) await renewTls(next);
      } catch (error) {
        await next.close();
        throw error;
      }
      const old = runtime;
      runtime = next;
      parts.metrics.reload('settings', 'ok');
      log('info', 'settings-reloaded');
      const ended = old.close().finally(() => closing.delete(ended));
      closing.add(ended);
    } finally {
      files = fresh;
    }
  };
  const attempt = async (
    what: 'settings' | 'certificate',
    watched: WatchedFiles,
    renew: () => Promise<void>,
  ): Promise<void> => {
    if (!(await watched.changed())) return;
    try {
      await renew();
    } catch (error) {
      parts.metrics.reload(what, 'failed');
      log('error', `${what}-not-reloaded`, { why: whyOf(error), kept: 'what was read before' });
    }
  };
  const look = async (): Promise<void> => {
    await attempt('settings', files, renewSettings);
    await attempt('certificate', tlsFiles, async () => renewTls(runtime));
  };
  // One look at a time: a timer and a signal can ask together.
  let looking: Promise<void> | undefined;
  const reload = async (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const timer = setInterval(() => void reload(), runtime.settings.reloadEveryMs);
  timer.unref();
  return {
    settings: () => runtime.settings,
    review: async (deadline, work) => runtime.review(deadline, work),
    trust: async () => runtime.trust.look(parts.now()),
    tls: () => tls,
    onCertificate: (use) => {
      useCertificate = use;
    },
    reload,
    stop: () => clearInterval(timer),
    close: async () => {
      await Promise.all([runtime.close(), ...closing]);
    },
  };
}

/** What a person needs who wrote the file. A key that doesn't fit its certificate is an error of OpenSSL, which holds nothing of the key. */
function whyOf(error: unknown): string {
  if (isAdmissionError(error)) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
}
