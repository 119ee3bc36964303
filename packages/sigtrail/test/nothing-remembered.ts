import { verify } from 'node:crypto';
import type { Services } from '../src/establish/services.ts';
import { readCertificate } from '../src/evidence/read-certificate.ts';

/** What the services of a verifier must agree with: they remember nothing, and compute each answer where it is asked. */
export const nothingRemembered: Services = {
  signatures: {
    verify: async (...question) => {
      try {
        return verify(...question);
      } catch {
        return false;
      }
    },
  },
  certificates: { read: readCertificate, keep: () => {} },
};
