import { isEncodingError, parseJsonStrict } from '@sigtrail/encoding';
import type { z } from 'zod';
import { OciError, type OciErrorCode } from '../error.ts';

/**
 * Parses capped bytes as JSON and checks their shape.
 *
 * @throws OciError with `code`
 */
export function parseJson<T>(
  bytes: Uint8Array,
  schema: z.ZodType<T>,
  code: OciErrorCode,
  what: string,
  url?: string,
): T {
  const result = schema.safeParse(parseUnchecked(bytes, code, what, url));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where =
    issue === undefined || issue.path.length === 0
      ? ''
      : ` at ${issue.path.slice(0, 6).map(String).join('.').slice(0, 100)}`;
  throw new OciError(code, `the ${what} is malformed${where}: ${issue?.message.slice(0, 200) ?? 'unknown shape'}`, {
    url,
  });
}

/** Parses capped bytes as JSON of any shape, with bounds on depth and members, and no key twice. @throws OciError with `code` */
export function parseUnchecked(bytes: Uint8Array, code: OciErrorCode, what: string, url?: string): unknown {
  try {
    return parseJsonStrict(bytes, { maxBytes: bytes.byteLength });
  } catch (error) {
    if (!isEncodingError(error)) throw error;
    // The parser's message names a place and never quotes the text, which may be a secret (a token answer).
    throw new OciError(code, `the ${what} can’t be read: ${error.message}`, { url });
  }
}
