import { createSigstore, type FakeRegistry, type FakeSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { findClusterPrograms, type Cluster, type ClusterPrograms, startCluster } from './cluster.ts';
import { prepareWebhook, registerWebhook, type Webhook } from './webhook.ts';

/** The programs of a cluster; where they are missing, its suites are skipped by name. */
export const programs: ClusterPrograms | undefined = findClusterPrograms();

/** A real API server that asks the webhook, a registry with signed images, and who signed them. */
export interface KubernetesWorld extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly webhook: Webhook;
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  /** `127.0.0.1:port/acme/app:v1`, signed, and pinned. */
  readonly signed: { readonly reference: string; readonly pinned: string };
  readonly unsigned: { readonly reference: string; readonly pinned: string };
}

/** How a world is made. */
export interface WorldOptions {
  /** YAML of the webhook's settings beside what every webhook has. */
  readonly settings: (folder: string, cluster: Cluster) => string | Promise<string>;
  readonly timeoutSeconds?: number;
}

/** A map that takes what `release.yml` of acme/app signed. */
export const MAP = `version: 1
images:
  - match: '**'
    policy:
      signedBy:
        issuer: https://token.actions.githubusercontent.com
        subject: https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main
`;

export async function openKubernetesWorld(installed: ClusterPrograms, options: WorldOptions): Promise<KubernetesWorld> {
  // If a later step fails, everything that has been started is stopped too.
  await using opened = new AsyncDisposableStack();
  const cluster = opened.use(await startCluster(installed));
  const registry = opened.adopt(await startRegistry(), async (one) => one.close());
  const sigstore = await createSigstore();
  const signed = pushImage(registry, 'acme/app:v1');
  await sigstore.signImage(registry, 'acme/app:v1');
  const unsigned = pushImage(registry, 'acme/unsigned:v1');
  const webhook = opened.use(await prepareWebhook(cluster.folder, await options.settings(cluster.folder, cluster)));
  webhook.write('trusted_root.json', sigstore.trust.json);
  webhook.write('map.yaml', MAP);
  await webhook.start();
  await registerWebhook(cluster, webhook, options.timeoutSeconds);
  await untilAsked(cluster, unsigned.pinned);
  const held = opened.move();
  return {
    cluster,
    webhook,
    registry,
    sigstore,
    signed,
    unsigned,
    [Symbol.asyncDispose]: async () => held.disposeAsync(),
  };
}

/** An API server learns of a new webhook after a moment: until then, it admits without asking. */
export async function untilAsked(cluster: Cluster, unsigned: string): Promise<void> {
  const until = performance.now() + 30_000;
  const probe = ['run', 'probe', `--image=${unsigned}`, '--dry-run=server', '-o', 'name'];
  while ((await cluster.kubectl(probe)).code === 0) {
    if (performance.now() > until) throw new Error('the API server never asked the webhook');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What kubectl printed, without what is different in every run. */
export function steady(
  text: string,
  { registry, webhook, cluster }: Pick<KubernetesWorld, 'registry' | 'webhook' | 'cluster'>,
): string {
  return text
    .replaceAll(registry.host, 'registry.example')
    .replaceAll(`127.0.0.1:${webhook.port}`, 'webhook.example')
    .replaceAll(cluster.folder, '')
    .replaceAll(/sha256([:-])(?:[0-9a-f]{64}|[0-9a-f]{12}…)/g, 'sha256$1…')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)')
    .trim();
}
