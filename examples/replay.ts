// Record everything that a verification read, and verify it again later without registry or log.
import { captureEvidence, replay } from 'sigtrail/replay';
import { SIGNER, startEmbeddedRegistry } from './embedded-registry.ts';

const { registry, trust } = await startEmbeddedRegistry();
const policy = { signedBy: SIGNER };

const capsule = JSON.stringify(
  await captureEvidence(`${registry.host}/acme/bundle-keyless-github:v1`, policy, { trust }),
);
await registry.close();

const report = await replay(capsule, { trust, policy }); // a year later, on another machine, by your own trust and policy
console.log(report.verdict, 'again, of', capsule.length, 'bytes');
