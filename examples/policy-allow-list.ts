// Accept only tokens on an allow-list: a callback over one verified signature.
import { readFile } from 'node:fs/promises';
import { deny, evaluateImage, type ImagePolicy } from 'sigtrail';
import { SIGNER, startEmbeddedRegistry } from './embedded-registry.ts';

const { registry, trust } = await startEmbeddedRegistry();

const file = new URL(process.argv[2] ?? 'allow-list.json', import.meta.url);
const policy: ImagePolicy = {
  signedBy: {
    issuer: SIGNER.issuer,
    subject: SIGNER.subject,
    async accept({ signer }, { signal }) {
      // Read for each decision. An unreadable file throws, and the verdict stays open.
      const allowed = JSON.parse(await readFile(file, { encoding: 'utf8', signal })) as readonly string[];
      const { tokenSubject = 'none' } = signer.claims;
      return allowed.includes(tokenSubject) || deny(`${tokenSubject} is not on the list`);
    },
  },
};

const { verdict, callbacks } = await evaluateImage(`${registry.host}/acme/bundle-keyless-github:v1`, policy, { trust });
console.log(verdict);
for (const { name, answer, reason = '' } of callbacks ?? []) console.log(name, answer, reason);

await registry.close();
