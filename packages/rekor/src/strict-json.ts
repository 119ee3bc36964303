import { isEncodingError, parseJsonStrict, type StrictJsonOptions } from '@sigtrail/encoding';
import { RekorError } from './error.ts';

/** `parseJsonStrict` for answers of a log and entry bodies. @throws RekorError `invalid-json`, `too-large` */
export function parseJson(json: Uint8Array | string, options?: StrictJsonOptions): unknown {
  try {
    return parseJsonStrict(json, options);
  } catch (cause) {
    if (!isEncodingError(cause)) throw cause;
    throw new RekorError(cause.code, cause.message, {
      cause,
      ...(cause.path === undefined ? {} : { path: cause.path }),
    });
  }
}
