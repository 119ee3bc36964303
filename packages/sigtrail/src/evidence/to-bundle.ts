import { bundleFromJSON, type SerializedBundle } from '@sigstore/bundle';
import type { TransparencyLogEntryJson } from '@sigtrail/rekor';
import { counted, optionError } from '@sigtrail/encoding';
import { SigtrailError } from '../error.ts';
import { assertKeys } from '../policy/parse-options.ts';
import { parseCosignLayer } from './cosign-layer.ts';
import { parseDsseLayer } from './dsse-layer.ts';
import { FormatError } from './format-error.ts';
import type { SerializedEntry } from './serialize-entry.ts';
import { serializeLayer } from './serialize-layer.ts';
import type { SignatureLayer } from './signature-layer.ts';

/** Options of `toBundle`: what the layer itself doesn't hold. */
export interface ToBundleOptions {
  /**
   * Log entries to use if the layer carries none, for example from `toTransparencyLogEntry` of `@sigtrail/rekor`. If the layer already carries an
   * entry, `toBundle` refuses: it can't know which entry the signer meant.
   */
  readonly logEntries?: readonly TransparencyLogEntryJson[];
}

/**
 * Writes a signature of cosign's own layers as a Sigstore bundle, for any verifier that reads bundles. Nothing in it is verified.
 *
 * The bundle has version 0.1 if an entry only has the log's promise, which is all that cosign's annotation holds, and version 0.3 if each
 * entry has an inclusion proof. The bundle of a `.sig` layer is a signature of the layer's bytes, so verify it against those; the caller reads which
 * image they name. Left out are a self-signed certificate (a bundle must not bring its own anchor), in version 0.3 all
 * certificates but the leaf, and cosign's timestamp of a whole envelope if a log entry gives the time.
 *
 * @throws SigtrailError `invalid-bundle` when the layer is malformed or says what a bundle can't
 * @throws TypeError `invalid-option`, `unknown-option`
 * @example
 * const bundle = toBundle({ kind: 'simple-signing', bytes: payload, annotations: layer.annotations });
 * await writeFile('payload.sigstore.json', JSON.stringify(bundle));
 */
export function toBundle(layer: SignatureLayer, options: ToBundleOptions = {}): SerializedBundle {
  const { logEntries } = parseOptions(layer, options);
  try {
    assertExpressible(layer, logEntries);
    const bundle = serializeLayer(layer, logEntries);
    bundleFromJSON(bundle);
    return bundle;
  } catch (cause) {
    // Our own readers refuse, and so does the reader of bundles: either way, this layer can't be a bundle.
    const why = cause instanceof Error ? cause.message : 'unknown error';
    throw new SigtrailError('invalid-bundle', `the layer can't be written as a Sigstore bundle: ${why}`, { cause });
  }
}

function parseOptions(layer: unknown, options: unknown): { readonly logEntries: readonly SerializedEntry[] } {
  assertKeys(layer, ['kind', 'bytes', 'annotations', 'signature'], 'layer');
  const { kind, bytes, annotations, signature } = layer as Readonly<Record<string, unknown>>;
  if (kind !== 'simple-signing' && kind !== 'dsse')
    throw optionError('invalid-option', '"layer.kind" must be "simple-signing" or "dsse"');
  if (!(bytes instanceof Uint8Array)) throw optionError('invalid-option', '"layer.bytes" must be a Uint8Array');
  if (
    typeof annotations !== 'object' ||
    annotations === null ||
    Object.values(annotations).some((value) => typeof value !== 'string')
  )
    throw optionError('invalid-option', '"layer.annotations" must be an object of strings');
  if (signature !== undefined && (kind !== 'dsse' || !Number.isSafeInteger(signature) || Number(signature) < 0))
    throw optionError(
      'invalid-option',
      '"layer.signature" must be the index of a signature, and is for envelopes only',
    );
  assertKeys(options, ['logEntries'], 'options');
  const { logEntries = [] } = options as { readonly logEntries?: unknown };
  if (!Array.isArray(logEntries)) throw optionError('invalid-option', '"logEntries" must be a list of log entries');
  return { logEntries: logEntries as readonly SerializedEntry[] }; // `bundleFromJSON` reads them before they leave here
}

/** Refuses a layer that our own readers refuse, and a layer that says more than a bundle can. */
function assertExpressible(layer: SignatureLayer, logEntries: readonly SerializedEntry[]): void {
  const { kind, bytes, annotations, signature } = layer;
  const candidates = kind === 'dsse' ? parseDsseLayer(bytes, annotations) : [parseCosignLayer(bytes, annotations)];
  if (signature === undefined && candidates.length > 1)
    throw new FormatError(
      'envelope-malformed',
      `the envelope has ${candidates.length} signatures and a bundle has one; name it by "signature"`,
    );
  const candidate = candidates[signature ?? 0];
  if (candidate === undefined)
    throw new FormatError(
      'envelope-malformed',
      `the envelope has ${counted(candidates.length, 'signature')}, so there is no signature ${signature}`,
    );
  if (candidate.logEntries.length > 0 && logEntries.length > 0)
    throw new FormatError('bundle-malformed', 'the layer carries a log entry, and "logEntries" gives others');
  if (logEntries.some((entry: Partial<SerializedEntry> | undefined) => entry?.kindVersion === undefined))
    throw new FormatError('bundle-malformed', 'a log entry in "logEntries" doesn’t say its kind and version');
  if (candidate.logEntries.some((entry) => entry.signedEntryTimestamp?.length === 0))
    throw new FormatError('bundle-malformed', 'its log entry has neither a promise nor a proof');
  if (kind === 'dsse' && candidate.timestamps.length > 0 && candidate.logEntries.length + logEntries.length === 0)
    throw new FormatError(
      'timestamp-malformed',
      'its only time is a timestamp of the whole envelope, but timestamps in a bundle cover the signature',
    );
}
