import type { Call } from './call.ts';

/** How a registry is reached, if its name alone does not tell. */
export interface Access {
  /** The only allowed scheme; by default, whatever its host allows. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** The path of its API, in place of `/v2`. */
  readonly apiPath?: string | undefined;
  /** The registry that it mirrors, if it expects to be told (`?ns=`). */
  readonly namespace?: string | undefined;
  /** Sent to its origin only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The file and the place in it that says so, for the transcript. */
  readonly from?: string | undefined;
}

/** A read in one repository of a registry. */
export interface RegistryRequest {
  /** `GET` */
  readonly method?: 'GET' | 'HEAD' | undefined;
  readonly repository: string;
  /** Path and query below the registry's origin, as if the API were at `/v2`; built from checked parts only. */
  readonly path: string;
  readonly accept: string;
  readonly maxBytes: number;
  readonly note?: string | undefined;
}

/** The request in the form that this registry needs. */
export function asReached(request: RegistryRequest, access: Access): RegistryRequest {
  return { ...request, path: pathAt(request.path, access) };
}

/** Translates a path and query for an API at `/v2` into those of this registry. */
export function pathAt(standardPath: string, { apiPath, namespace }: Access): string {
  const path = apiPath === undefined ? standardPath : `${apiPath}${standardPath.slice('/v2'.length)}`;
  if (namespace === undefined || /[?&]ns=/.test(path)) return path;
  return `${path}${path.includes('?') ? '&' : '?'}ns=${encodeURIComponent(namespace)}`;
}

/** A transcript that says which file sent its requests here. */
export function routedFrom(call: Call, { from }: Access): Call {
  if (from === undefined) return call;
  return { ...call, onHop: (hop, note) => call.onHop(hop, note, from) };
}
