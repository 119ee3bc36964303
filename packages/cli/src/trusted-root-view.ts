import { createHash } from 'node:crypto';
import { decodeCertificate } from '@sigtrail/fulcio-claims';
import { ago, safeText } from 'sigtrail/report';
import type { TrustedRoot } from 'sigtrail/trust';

/** What is in a trusted root, as plain JSON. */
export interface RootView {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly digest: string;
  readonly certificateAuthorities: readonly (AuthorityView & { readonly profile: string })[];
  readonly timestampAuthorities: readonly AuthorityView[];
  readonly transparencyLogs: readonly LogView[];
  readonly certificateTransparencyLogs: readonly LogView[];
}

interface PartyView {
  readonly url: string;
  readonly operator?: string;
  /** RFC 3339. */
  readonly from: string;
  readonly to?: string;
}

interface AuthorityView extends PartyView {
  /** The leaf or intermediate first, the anchor last. */
  readonly certificates: readonly {
    readonly subject: string;
    readonly notAfter: string;
    readonly fingerprint: string;
  }[];
}

interface LogView extends PartyView {
  readonly name?: string;
  readonly logId: string;
  readonly key: string;
}

/** Describes a trusted root. */
export function describeRoot(name: string, root: TrustedRoot): RootView {
  return {
    schemaVersion: 1,
    name,
    digest: root.digest,
    certificateAuthorities: root.certificateAuthorities.map((one) => ({ ...authorityOf(one), profile: one.profile })),
    timestampAuthorities: root.timestampAuthorities.map(authorityOf),
    transparencyLogs: root.transparencyLogs.map(logOf),
    certificateTransparencyLogs: root.certificateTransparencyLogs.map(logOf),
  };
}

function authorityOf({
  uri,
  operator,
  validFor,
  certificates,
}: TrustedRoot['timestampAuthorities'][number]): AuthorityView {
  return {
    ...partyOf(uri, operator, validFor),
    certificates: certificates.map(({ bytes, notAfter }) => ({
      subject: decodeCertificate(bytes).subject,
      notAfter: notAfter.toISOString(),
      fingerprint: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    })),
  };
}

function logOf({
  baseUrl,
  operator,
  validFor,
  name,
  logId,
  keyDetails,
}: TrustedRoot['transparencyLogs'][number]): LogView {
  return {
    ...partyOf(baseUrl, operator, validFor),
    ...(name === undefined ? {} : { name }),
    logId: Buffer.from(logId).toString('hex'),
    key: keyDetails,
  };
}

function partyOf(
  url: string,
  operator: string | undefined,
  { start, end }: { readonly start: Date; readonly end?: Date },
): PartyView {
  return {
    url,
    ...(operator === undefined ? {} : { operator }),
    from: start.toISOString(),
    ...(end === undefined ? {} : { to: end.toISOString() }),
  };
}

/** The same for people; times are told relative to `now`. */
export function rootToText(view: RootView, now: Date): string {
  const at = now.toISOString();
  const lines = [
    `${view.name}, ${view.digest}`,
    ...heading('certificate authorities', view.certificateAuthorities),
    ...view.certificateAuthorities.flatMap((one) => authorityLines(one, at, `, profile ${one.profile}`)),
    ...heading('transparency logs', view.transparencyLogs),
    ...view.transparencyLogs.flatMap((one) => logLines(one, at)),
    ...heading('certificate transparency logs', view.certificateTransparencyLogs),
    ...view.certificateTransparencyLogs.flatMap((one) => logLines(one, at)),
    ...heading('timestamp authorities', view.timestampAuthorities),
    ...view.timestampAuthorities.flatMap((one) => authorityLines(one, at, '')),
  ];
  return `${lines.map(safeText).join('\n')}\n`;
}

function heading(name: string, all: readonly unknown[]): readonly string[] {
  return [all.length === 0 ? `  ${name}: none` : `  ${name}`];
}

function authorityLines({ certificates, ...party }: AuthorityView, now: string, profile: string): readonly string[] {
  return [
    `    ${partyInWords(party, now)}${profile}`,
    ...certificates.map(
      ({ subject, notAfter, fingerprint }) =>
        `      ${subject || 'a certificate without a name'}, until ${time(notAfter, now)}, ${fingerprint}`,
    ),
  ];
}

function logLines({ name, logId, key, ...party }: LogView, now: string): readonly string[] {
  return [`    ${partyInWords(party, now)}`, `      ${name === undefined ? '' : `${name}, `}log id ${logId}, ${key}`];
}

function partyInWords({ url, operator, from, to }: PartyView, now: string): string {
  const until = to === undefined ? '' : `, until ${time(to, now)}`;
  return `${url || 'no address'}${operator === undefined ? '' : ` (${operator})`}, since ${time(from, now)}${until}`;
}

function time(at: string, now: string): string {
  return `${at.replace('.000Z', 'Z')} (${ago(at, now)})`;
}
