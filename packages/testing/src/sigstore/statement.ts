import { checkOptions, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aList, anObject, aText } from '../option-checks.ts';
import type { JsonObject } from './canonical-json.ts';

/** What `cosign sign` calls its statements. */
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

/** An in-toto statement about an image. */
export interface StatementOptions {
  /** `sha256:…` or `sha512:…`. */
  readonly imageDigest: string;
  /** Further subjects, before the image's. */
  readonly otherDigests?: readonly string[];
  /** Subject name; cosign 3 gives none. */
  readonly name?: string;
  /** Annotations of the subject: where cosign 3 puts `-a key=value`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default cosign's image signature. */
  readonly predicateType?: string;
  readonly predicate?: JsonObject;
  /** Default `https://in-toto.io/Statement/v1`. */
  readonly statementType?: string;
}

const STATEMENT: OptionTable<StatementOptions> = {
  imageDigest: aText,
  otherDigests: aList,
  name: aText,
  annotations: anObject,
  predicateType: aText,
  predicate: anObject,
  statementType: aText,
};

/** The statement's bytes, with the members in the order in which cosign 3 writes them. */
export function statementBytes(options: StatementOptions): Buffer {
  checkOptions(options, STATEMENT, 'statementBytes');
  requireObject(options, 'statementBytes', 'options', ['imageDigest']);
  const { imageDigest, otherDigests = [], name, annotations = {} } = options;
  const image = { ...(name === undefined ? {} : { name }), digest: digestSet(imageDigest), annotations };
  const statement = {
    _type: options.statementType ?? 'https://in-toto.io/Statement/v1',
    subject: [...otherDigests.map((digest) => ({ digest: digestSet(digest) })), image],
    predicateType: options.predicateType ?? COSIGN_SIGN,
    predicate: options.predicate ?? {},
  };
  return Buffer.from(JSON.stringify(statement));
}

function digestSet(digest: string): Readonly<Record<string, string>> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
}
