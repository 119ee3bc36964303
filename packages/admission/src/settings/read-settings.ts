import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { AdmissionError } from '../error.ts';
import type { ImageMap, Mode } from '../scope/scope.ts';
import type { Settings, TrustSetting } from './settings.ts';

/** Reads files for the settings; what was read is looked at again for changes. */
export interface SettingsFiles {
  /** @throws AdmissionError `invalid-settings` */
  text(path: string): Promise<string>;
  /** @throws AdmissionError `invalid-settings` */
  map(path: string, shownAs: string): Promise<ImageMap>;
}

const path = z.string().min(1);
const mode: z.ZodType<Mode> = z.enum(['enforce', 'warn', 'audit']);
const names = z.array(z.string().regex(/^[a-z0-9*](?:[-a-z0-9.*]*[a-z0-9*])?$/, 'a name, or a pattern with *')).min(1);
const count = (least: number, most: number): z.ZodNumber => z.int().min(least).max(most);

const TRUST: z.ZodType<TrustSetting> = z.union([
  z.strictObject({ embedded: z.literal(true) }),
  z.strictObject({ file: path }),
  z.strictObject({
    tuf: z.strictObject({ mirror: z.url().optional(), root: path.optional(), cacheDirectory: path.optional() }),
  }),
]);

const ROW = z.strictObject({
  names,
  map: path,
  mode: mode.default('enforce'),
  undecided: z.enum(['refuse', 'allow']).default('refuse'),
  serviceAccounts: z.array(z.strictObject({ names, map: path, mode: mode.default('enforce') })).default([]),
});

const DOCUMENT = z.strictObject({
  version: z.literal(1),
  listen: z.strictObject({ host: z.string().default('0.0.0.0'), port: count(0, 65_535).default(8443) }).prefault({}),
  tls: z.strictObject({ certificate: path, key: path, clientAuthority: path.optional() }),
  trust: z
    .array(TRUST)
    .min(1)
    .default([{ embedded: true }]),
  registry: z
    .strictObject({ dockerConfig: path.optional(), ca: path.optional(), insecure: z.array(z.string()).default([]) })
    .prefault({}),
  store: z.strictObject({ directory: path, maxBytes: count(1, Number.MAX_SAFE_INTEGER).optional() }).optional(),
  limits: z
    .strictObject({ concurrency: count(1, 1000).default(16), queue: count(0, 100_000).default(256) })
    .prefault({}),
  cluster: z
    .strictObject({
      pullSecrets: z.boolean().default(false),
      namespaceExceptions: z.boolean().default(false),
      // As `namespaceSelector` in webhooks.yaml.
      skippedNamespaces: z.array(z.string()).default(['kube-system', 'sigtrail-system']),
      // Where every Pod finds them.
      server: z
        .string()
        .regex(/^https:\/\/[^/?#@\s]+$/, 'https://host[:port]')
        .default('https://kubernetes.default.svc'),
      tokenFile: path.default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
      caFile: path.default('/var/run/secrets/kubernetes.io/serviceaccount/ca.crt'),
    })
    .prefault({}),
  gatekeeper: z.strictObject({ map: path, timeoutMs: count(100, 30_000).default(3_000) }).optional(),
  reloadEveryMs: count(50, 3_600_000).default(10_000),
  drainMs: count(0, 600_000).default(5_000),
  namespaces: z.array(ROW).min(1),
});

/**
 * Reads the settings and the maps that they name; paths are relative to the file.
 *
 * @throws AdmissionError `invalid-settings` with the line and column
 */
export async function readSettings(file: string, files: SettingsFiles): Promise<Settings> {
  const document = parseSettings(await files.text(file), file);
  const at = (relative: string): string => resolve(dirname(file), relative);
  const map = async (relative: string): Promise<ImageMap> => files.map(at(relative), relative);
  const namespaces = await Promise.all(
    document.namespaces.map(async (row) => ({
      ...row,
      map: await map(row.map),
      serviceAccounts: await Promise.all(
        row.serviceAccounts.map(async (account) => ({ ...account, map: await map(account.map) })),
      ),
    })),
  );
  const { tls, trust, registry, store, cluster, gatekeeper } = document;
  const { version: _, ...rest } = document;
  return {
    ...rest,
    namespaces,
    tls: {
      certificate: at(tls.certificate),
      key: at(tls.key),
      ...(tls.clientAuthority === undefined ? {} : { clientAuthority: at(tls.clientAuthority) }),
    },
    trust: trust.map((one) => withPaths(one, at)),
    registry: {
      ...registry,
      ...(registry.dockerConfig === undefined ? {} : { dockerConfig: at(registry.dockerConfig) }),
      ...(registry.ca === undefined ? {} : { ca: at(registry.ca) }),
    },
    cluster: { ...cluster, tokenFile: at(cluster.tokenFile), caFile: at(cluster.caFile) },
    gatekeeper: gatekeeper === undefined ? undefined : { ...gatekeeper, map: await map(gatekeeper.map) },
    store: store === undefined ? undefined : { ...store, directory: at(store.directory) },
  };
}

function withPaths(trust: TrustSetting, at: (relative: string) => string): TrustSetting {
  if ('file' in trust) return { file: at(trust.file) };
  if (!('tuf' in trust)) return trust;
  const { mirror, root, cacheDirectory } = trust.tuf;
  return {
    tuf: {
      ...(mirror === undefined ? {} : { mirror }),
      ...(root === undefined ? {} : { root: at(root) }),
      ...(cacheDirectory === undefined ? {} : { cacheDirectory: at(cacheDirectory) }),
    },
  };
}

function parseSettings(text: string, file: string): z.infer<typeof DOCUMENT> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: false });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw refusal(file, lines.linePos(fault.pos[0]), fault.message.split('\n')[0] ?? '');
  const parsed = DOCUMENT.safeParse(document.toJS({ maxAliasCount: 50 }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const steps = (issue?.path ?? []).filter((step) => typeof step !== 'symbol');
  throw refusal(file, lines.linePos(placeOf(document, steps)), `${steps.join('.')}: ${issue?.message ?? ''}`);
}

/** Where the deepest part of the path that is there begins. */
function placeOf(document: ReturnType<typeof parseDocument>, steps: readonly (string | number)[]): number {
  for (let length = steps.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(steps.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range))
      return Number(node.range[0]);
  }
  return 0;
}

function refusal(
  file: string,
  { line, col }: { readonly line: number; readonly col: number },
  why: string,
): AdmissionError {
  return new AdmissionError('invalid-settings', `${file}:${String(line)}:${String(col)}: ${why}`);
}
