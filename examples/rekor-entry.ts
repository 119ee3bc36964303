// Is this entry in the log? `@sigtrail/rekor` alone: fetch an entry, prove that the log holds it, and find an image's entries.
import { createRekor, readTrustedLogs } from '@sigtrail/rekor';
import { createSigstore, pushImage, startRegistry, startRekor } from '@sigtrail/testing';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
const log = await startRekor(sigstore.rekor); // yours is https://rekor.sigstore.dev
const { reference, digest } = pushImage(registry, 'acme/app:v1');
await sigstore.signImage(registry, reference);

// The log's key comes from a trusted root, never from the log.
const { transparencyLogs: trust } = readTrustedLogs(sigstore.trust.json);
const rekor = createRekor({ url: log.url, trust });

const { uuids } = await rekor.search({ hash: digest });
for (const uuid of uuids) {
  const { logIndex, contents, provenance } = await rekor.entry({ uuid });
  console.log('entry', logIndex, contents.kind, provenance.body, 'in the log, time', provenance.integratedTime);
}

await Promise.all([rekor.close(), log.close(), registry.close()]);
