// Record what a verification looked at, and verify it again later with neither registry nor log.
import { captureEvidence, replay } from 'sigtrail/replay';
import { SIGNER, startEmbeddedRegistry } from './embedded-registry.ts';

const { registry, trust } = await startEmbeddedRegistry();
const policy = { signedBy: SIGNER };

const capsule = JSON.stringify(
  await captureEvidence(`${registry.host}/acme/bundle-keyless-github:v1`, policy, { trust }),
);
await registry.close();

const report = await replay(capsule); // a year later, on another machine
console.log(report.verdict, 'again, of', capsule.length, 'bytes');
