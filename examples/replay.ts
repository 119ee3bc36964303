// Record what a verification looked at, and verify it again later with neither registry nor log.
import { captureEvidence, replay } from 'sigtrail/replay';
import { SIGNER, startEmbeddedRegistry } from './embedded-registry.ts';

const { registry, trust } = await startEmbeddedRegistry();
const policy = { signedBy: SIGNER };

const capsule = JSON.stringify(
  await captureEvidence(`${registry.host}/acme/bundle-keyless-github:v1`, policy, { trust }),
);
await registry.close();

const report = await replay(capsule, { trust, policy }); // a year later, on another machine: by your trust and policy, whatever the file says
console.log(report.verdict, 'again, of', capsule.length, 'bytes');
