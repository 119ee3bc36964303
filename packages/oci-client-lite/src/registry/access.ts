import type { Call } from './call.ts';

/** How one registry is reached, where that is not as its name says. */
export interface Access {
  /** The only scheme; otherwise as its host allows. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** The path of its API, in the place of `/v2`. */
  readonly apiPath?: string | undefined;
  /** The registry it stands for, where it expects to be told (`?ns=`). */
  readonly namespace?: string | undefined;
  /** Sent to its origin only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The file and place that says so, for the transcript. */
  readonly from?: string | undefined;
}

/** A read in one repository of a registry. */
export interface RegistryRequest {
  /** `GET` */
  readonly method?: 'GET' | 'HEAD' | undefined;
  readonly repository: string;
  /** Path and query below the registry's origin, as of a registry whose API is at `/v2`; built from checked parts only. */
  readonly path: string;
  readonly accept: string;
  readonly maxBytes: number;
  readonly note?: string | undefined;
}

/** The request as this registry has to be asked. */
export function asReached(request: RegistryRequest, access: Access): RegistryRequest {
  return { ...request, path: pathAt(request.path, access) };
}

/** The path and query below its origin, for those of a registry whose API is at `/v2`. */
export function pathAt(asked: string, { apiPath, namespace }: Access): string {
  const path = apiPath === undefined ? asked : `${apiPath}${asked.slice('/v2'.length)}`;
  if (namespace === undefined || /[?&]ns=/.test(path)) return path;
  return `${path}${path.includes('?') ? '&' : '?'}ns=${encodeURIComponent(namespace)}`;
}

/** A transcript that says which file sent its requests here. */
export function routedFrom(call: Call, { from }: Access): Call {
  if (from === undefined) return call;
  return { ...call, onHop: (hop, note) => call.onHop(hop, note, from) };
}
