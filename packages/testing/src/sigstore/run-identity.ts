import type { SubjectAlternativeName } from './subject-alternative-name.ts';

/** What a certificate says of the run that signs: the part of `CertificateOptions` that Fulcio takes from a token. */
export interface RunIdentity {
  readonly san: readonly SubjectAlternativeName[];
  readonly issuer: string;
  /** OID → text. */
  readonly claims: Readonly<Record<string, string>>;
}

const FULCIO = '1.3.6.1.4.1.57264.1';

/** The identity of a run, with its claims by their number under Fulcio's OID (fulcio `docs/oid-info.md`); claims without text are left out. */
export function runIdentity(
  subject: string,
  issuer: string,
  claims: Readonly<Record<number, string | undefined>>,
): RunIdentity {
  const said = Object.entries(claims).filter((claim): claim is [string, string] => claim[1] !== undefined);
  return {
    san: [{ kind: 'uri', value: subject }],
    issuer,
    claims: Object.fromEntries(said.map(([number, text]) => [`${FULCIO}.${number}`, text])),
  };
}

/** The options that have a value: `undefined` leaves a default alone. */
export function definedOptions<Options extends object>(
  options: Options,
): { readonly [Name in keyof Options]?: Exclude<Options[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    readonly [Name in keyof Options]?: Exclude<Options[Name], undefined>;
  };
}
