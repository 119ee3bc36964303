import type { ImageMap, NamespaceRow } from '../scope/scope.ts';

/** What the process is told, read from files and checked. */
export interface Settings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: TlsFiles;
  readonly trust: readonly TrustSetting[];
  readonly registry: RegistrySettings;
  /** A directory for content by its digest, which outlives the process. */
  readonly store?: { readonly directory: string; readonly maxBytes?: number | undefined } | undefined;
  readonly limits: Limits;
  readonly namespaces: readonly NamespaceRow[];
  /** Read Namespaces, service accounts and secrets from the API server. */
  readonly cluster: ClusterSettings;
  /** The map for Gatekeeper, whose requests name images and no namespace. Nothing is answered to it unless given. */
  readonly gatekeeper?: { readonly map: ImageMap; readonly timeoutMs: number } | undefined;
  /** How often the files are looked at. */
  readonly reloadEveryMs: number;
  /** After SIGTERM: how long requests are still taken, so that Services learn that this replica ends. */
  readonly drainMs: number;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** Authorities of clients: requests about images are then answered only to clients with a certificate from them. */
  readonly clientAuthority?: string | undefined;
}

/** One source of trust anchors. */
export type TrustSetting =
  | { readonly embedded: true }
  | { readonly file: string }
  | {
      readonly tuf: {
        readonly mirror?: string | undefined;
        readonly root?: string | undefined;
        readonly cacheDirectory?: string | undefined;
      };
    };

/** How registries are read. */
export interface RegistrySettings {
  /** A Docker configuration with credentials for every Pod. Unless given: none, whatever is in the environment. */
  readonly dockerConfig?: string | undefined;
  /** PEM of authorities of registries. */
  readonly ca?: string | undefined;
  /** `host[:port]` entries that are read by plain http. */
  readonly insecure: readonly string[];
}

/** What is asked of the API server. Both are off unless asked for: each needs a right of its own. */
export interface ClusterSettings {
  /** Read the pull secrets of Pods and their service accounts. */
  readonly pullSecrets: boolean;
  /** Read exceptions from the annotation `sigtrail.dev/exceptions` of Namespaces. */
  readonly namespaceExceptions: boolean;
  /** The namespaces that the webhook configurations leave out: what runs in them is not checked either. */
  readonly skippedNamespaces: readonly string[];
  /** `https://host`, and the files with what this process shows it and trusts it by. */
  readonly server: string;
  readonly tokenFile: string;
  readonly caFile: string;
}

/** How much is done at a time. */
export interface Limits {
  /** Images that are verified at a time. */
  readonly concurrency: number;
  /** Images that wait for that; one more is answered `overloaded` at once. */
  readonly queue: number;
}
