import {
  createOciClient,
  type OciClient,
  OciError,
  openLayout,
  parseReference,
  type Repository,
} from 'oci-client-lite';
import { type ImageLocator, withoutLayoutPrefix } from './locator.ts';
import type { RepositoryElsewhere, Settings, Wanted } from './options.ts';

/** A repository, and what to look for in it. */
export interface Source {
  readonly repository: Repository;
  readonly want: readonly Wanted[];
}

/** Where the image is, and where its attachments are. */
export interface Sources {
  readonly image: Repository;
  readonly attached: readonly Source[];
  /** Closes everything that this call opened. */
  close(): Promise<void>;
}

/** Opens the repositories of one call. Nothing is read yet. @throws OciError `invalid-reference`; TypeError */
export function openSources(locator: ImageLocator, settings: Settings): Sources {
  let own: OciClient | undefined;
  const client = (): OciClient => settings.client ?? (own ??= createOciClient(settings.registry));
  const image =
    settings.repository ??
    (locator.kind === 'layout' ? openLayout(locator.directory) : client().repository(locator.reference));
  const opened = new Map<RepositoryElsewhere, Repository>();
  const open = (elsewhere: RepositoryElsewhere): Repository => {
    if (typeof elsewhere !== 'string') return elsewhere;
    const repository = opened.get(elsewhere) ?? openElsewhere(elsewhere, client);
    opened.set(elsewhere, repository);
    return repository;
  };
  const wants = new Map<Repository, Wanted[]>();
  for (const want of settings.want) {
    const elsewhere = settings.repositories[want];
    const repository = elsewhere === undefined ? image : open(elsewhere);
    wants.set(repository, [...(wants.get(repository) ?? []), want]);
  }
  return {
    image,
    attached: [...wants].map(([repository, want]) => ({ repository, want })),
    close: async () => own?.close(),
  };
}

function openElsewhere(name: string, client: () => OciClient): Repository {
  const layout = withoutLayoutPrefix(name);
  if (layout !== undefined) return openLayout(layout);
  try {
    // With a tag appended, a name that already has a tag or a digest is no longer a reference.
    parseReference(`${name}:x`);
  } catch (cause) {
    throw new OciError(
      'invalid-reference',
      `"repositories" must be a repository like ghcr.io/acme/signatures, without tag or digest, got ${JSON.stringify(name)}`,
      { cause },
    );
  }
  return client().repository(name);
}
