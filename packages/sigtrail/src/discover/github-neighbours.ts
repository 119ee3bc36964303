import type { Ask, ListedAttestation } from './ask-github.ts';
import type { GithubAttestations } from './github-option.ts';

/** The manifests of one index, which GitHub is asked about together: one request in place of one or two for each. */
export interface Neighbours {
  /**
   * What GitHub lists about one of them. The first question asks about all of them. `undefined`: ask about this digest alone, because there are no others,
   * or because GitHub has no such list here.
   */
  attestationsOf(
    digest: string,
    github: GithubAttestations,
    ask: Ask,
  ): Promise<readonly ListedAttestation[] | undefined>;
}

/** Nothing is asked, or loaded, before the first question. A failure is the answer about each of them. */
export function createNeighbours(given: readonly string[]): Neighbours {
  const digests = [...new Set(given)];
  let lists: Promise<ReadonlyMap<string, readonly ListedAttestation[]> | undefined> | undefined;
  return {
    async attestationsOf(digest, github, ask) {
      // GitHub keeps such lists for owners, not for repositories.
      if (github.owner === undefined || digests.length < 2 || !digests.includes(digest)) return undefined;
      const { owner } = github;
      lists ??= import('./github-bulk-list.ts').then(({ listInBulk }) =>
        listInBulk(digests, { ...github, owner }, ask),
      );
      return (await lists)?.get(digest);
    },
  };
}
