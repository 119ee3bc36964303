import { SEQUENCE, type DerElement, readDer, readDerList } from './der.ts';
import { ClaimsError } from './error.ts';

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const VERSION = 0xa0;

/**
 * The two times of a certificate, in the one spelling that RFC 5280 §4.1.2.5 allows: UTC, with seconds and no fraction, UTCTime through 2049 and
 * GeneralizedTime after. Readers guess differently at any other, and `Date` rolls a 30 February over.
 *
 * @throws ClaimsError `invalid-der`, `invalid-certificate`
 */
export function decodeValidity(certificate: Uint8Array): { readonly notBefore: Date; readonly notAfter: Date } {
  const [tbs] = readDerList(readDer(certificate).contents);
  const fields = tbs?.tag === SEQUENCE ? readDerList(tbs.contents) : [];
  // version [0], serialNumber, signature, issuer, validity
  const validity = fields[fields[0]?.tag === VERSION ? 4 : 3];
  const [notBefore, notAfter, ...rest] = validity?.tag === SEQUENCE ? readDerList(validity.contents) : [];
  if (notBefore === undefined || notAfter === undefined || rest.length > 0) throw refusal('has no validity');
  return { notBefore: decodeTime(notBefore), notAfter: decodeTime(notAfter) };
}

function decodeTime({ tag, contents }: DerElement): Date {
  const text = Buffer.from(contents).toString('latin1');
  const digits =
    tag === UTC_TIME
      ? /^(\d{2})(\d{10})Z$/.exec(text)
      : tag === GENERALIZED_TIME
        ? /^(\d{4})(\d{10})Z$/.exec(text)
        : null;
  const [, yearText = '', rest = ''] = digits ?? [];
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (rest.match(/\d\d/g) ?? []).map(Number);
  // UTCTime 50 to 99 are of the last century.
  const year = tag === UTC_TIME ? Number(yearText) + (Number(yearText) < 50 ? 2000 : 1900) : Number(yearText);
  const time = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  time.setUTCFullYear(year, month - 1, day);
  const isReal =
    digits !== null &&
    time.getUTCMonth() === month - 1 &&
    time.getUTCDate() === day &&
    time.getUTCHours() === hour &&
    time.getUTCMinutes() === minute &&
    time.getUTCSeconds() === second &&
    (tag === UTC_TIME || year >= 2050);
  if (!isReal) throw refusal('has a time that RFC 5280 §4.1.2.5 does not allow');
  return time;
}

function refusal(what: string): ClaimsError {
  return new ClaimsError('invalid-certificate', `certificate ${what}`);
}
