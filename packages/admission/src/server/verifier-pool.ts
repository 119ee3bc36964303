import { createVerifier, type Verifier, type VerifierOptions } from 'sigtrail';

/** Verifiers by the credentials that they read with. Tokens and connections of one namespace never serve another's images. */
export interface VerifierPool {
  /** A verifier for a piece of work; `release` it with the end of the work. */
  lease(scope: string, dockerConfig: VerifierOptionsConfig): Lease;
  close(): Promise<void>;
}

/** A verifier that stays open until it is released. */
export interface Lease {
  readonly verifier: Verifier;
  release(): void;
}

type VerifierOptionsConfig = NonNullable<VerifierOptions['registry']>['dockerConfig'];

interface Pooled {
  readonly verifier: Verifier;
  leases: number;
}

/** Sets of credentials that are kept open at a time. Each keeps at most 106 MiB: CACHE_BYTES, and 90 MiB of parsed certificates and answers. All of them fit the 1 GiB of deployment.yaml. */
const MAX_IDLE = 8;
/** What each keeps in memory of manifests and signatures, which are small. What is kept on disk is shared. */
const CACHE_BYTES = 16 * 1024 * 1024;

export function createVerifierPool(options: VerifierOptions): VerifierPool {
  // In the order of their last use.
  const pooled = new Map<string, Pooled>();
  const closing = new Set<Promise<void>>();
  const makeRoom = (): void => {
    for (const [scope, { verifier, leases }] of pooled) {
      if (pooled.size <= MAX_IDLE) return;
      if (leases > 0) continue;
      pooled.delete(scope);
      const closed = verifier.close().finally(() => closing.delete(closed));
      closing.add(closed);
    }
  };
  return {
    lease: (scope, dockerConfig) => {
      const one = pooled.get(scope) ?? {
        verifier: createVerifier({
          ...options,
          registry: { ...options.registry, dockerConfig, cache: { maxBytes: CACHE_BYTES } },
        }),
        leases: 0,
      };
      pooled.delete(scope);
      pooled.set(scope, one);
      one.leases += 1;
      makeRoom();
      let isReleased = false;
      return {
        verifier: one.verifier,
        release: () => {
          if (isReleased) return;
          isReleased = true;
          one.leases -= 1;
          makeRoom();
        },
      };
    },
    close: async () => {
      await Promise.all([...[...pooled.values()].map(async ({ verifier }) => verifier.close()), ...closing]);
    },
  };
}
