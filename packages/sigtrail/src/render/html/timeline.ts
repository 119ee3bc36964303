import type { VerifiedTime } from '../../report/report.ts';
import { ago } from '../ago.ts';
import { html, type Markup, type Part } from './markup.ts';

/** The times of one signature. */
export interface Times {
  readonly validity?: { readonly notBefore: string; readonly notAfter: string };
  readonly times: readonly VerifiedTime[];
  readonly now: string;
  /** `counts`: the signature counts. `proven`: its evidence holds, whatever a policy says. `claimed`: only the signature itself states the times. */
  readonly word: 'counts' | 'proven' | 'claimed';
}

/**
 * Why a signature counts, at a glance: when its certificate was valid, when a log or a timestamp authority saw it, and now. One lane each, over
 * one scale; a time far from the rest is drawn after a gap.
 */
export function timeline({ validity, times, now, word }: Times): Markup {
  const from = validity === undefined ? undefined : Date.parse(validity.notBefore);
  const to = validity === undefined ? undefined : Date.parse(validity.notAfter);
  const seen = times.map(({ time }) => Date.parse(time));
  const marks = [from, to, ...seen].filter((one) => one !== undefined).filter(Number.isFinite);
  if (marks.length === 0 || !Number.isFinite(Date.parse(now))) return html`<p>No time is known for this signature.</p>`;
  const scale = scaleOf(marks, Date.parse(now));
  const span = from === undefined || to === undefined || Number.isNaN(from - to) ? undefined : { from, to };
  return html`<p class="lead">${sentence({ times, seen, span, now, word })}</p>
<div class="lanes">${
    validity === undefined
      ? undefined
      : lane(
          html`<b>Certificate valid</b><br>${short(validity.notBefore)} to ${short(validity.notAfter)}`,
          strip(`Certificate valid from ${validity.notBefore} to ${validity.notAfter}`, scale, span, undefined),
        )
  }${times.slice(0, 12).map((time, index) => {
    const at = seen[index] ?? Number.NaN;
    const isInside = span === undefined || (at >= span.from && at <= span.to);
    const where = span === undefined ? '' : `, ${whereIn(at, span)}`;
    return lane(
      html`<b>${time.source === 'log' ? 'Log' : 'Timestamp authority'}</b> ${time.authority}<br>${short(time.time)}${accuracy(time)}${where}`,
      strip(`${time.source === 'log' ? 'Log' : 'Timestamp'} ${time.time}${where}`, scale, span, {
        at,
        kind: isInside ? 'inside' : 'outside',
      }),
    );
  })}${lane(
    html`<b>Now</b> (when this was checked)<br>${short(now)}`,
    strip(`Checked at ${now}`, scale, span, { at: Date.parse(now), kind: 'here' }),
  )}</div>`;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function sentence({
  times,
  seen,
  span,
  now,
  word,
}: {
  readonly times: readonly VerifiedTime[];
  readonly seen: readonly number[];
  readonly span: Span | undefined;
  readonly now: string;
  readonly word: Times['word'];
}): string {
  const index = span === undefined ? 0 : seen.findIndex((at) => at >= span.from && at <= span.to);
  const [at, time] = [seen[index], times[index]];
  if (word === 'claimed')
    return 'These times are what the signature says of itself: no trusted party is proven to vouch for them.';
  if (at === undefined || time === undefined)
    return span === undefined
      ? 'No log and no timestamp authority vouches for a time.'
      : 'No time that a log or a timestamp authority vouches for lies within the validity of the certificate.';
  const who = time.source === 'log' ? 'the log' : 'a timestamp authority';
  if (span === undefined)
    return `The signature existed by ${short(time.time)} (${ago(time.time, now)}): ${who} saw it then.`;
  const later =
    Date.parse(now) > span.to ? ' That the certificate has expired since changes nothing: it was valid then.' : '';
  const because = word === 'counts' ? 'The signature counts because' : 'The times are good:';
  return `${because} ${who} saw ${word === 'counts' ? 'it' : 'the signature'} while the certificate was valid: ${whereIn(at, span)}.${later}`;
}

function whereIn(at: number, { from, to }: Span): string {
  if (at < from) return `${lasting(from - at)} before the certificate became valid`;
  if (at > to) return `${lasting(at - to)} after the certificate had expired`;
  return `${lasting(at - from)} after it became valid, ${lasting(to - at)} before it expired`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** A length of time in its two largest units. */
function lasting(milliseconds: number): string {
  let left = Math.round(milliseconds / 1000);
  const parts = UNITS.map(([unit, size]): [number, string] => {
    const count = Math.floor(left / size);
    left -= count * size;
    return [count, unit];
  });
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

function accuracy({ accuracyMs }: VerifiedTime): string {
  return accuracyMs === undefined ? '' : ` ± ${accuracyMs} ms`;
}

function short(time: string): string {
  return time.replace('.000Z', 'Z').replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/, '$1 $2 UTC');
}

/** Where times lie on a line of 1000, and where the line is broken. */
interface Scale {
  readonly place: (time: number) => number;
  readonly gap?: number;
}

function scaleOf(marks: readonly number[], now: number): Scale {
  const [least, most] = [Math.min(...marks), Math.max(...marks)];
  const length = most - least || 3_600_000;
  const isFar = now > most + length || now < least - length;
  const [start, end] = isFar ? [least, most] : [Math.min(least, now), Math.max(most, now)];
  const size = end - start || length;
  const linear = (time: number): number => 40 + ((time - start) / size) * (isFar ? 720 : 920);
  if (!isFar) return { place: linear };
  // A report whose clock is earlier than its evidence is drawn at the right too: the words say so.
  return { place: (time) => (time === now ? 950 : linear(time)), gap: 855 };
}

function lane(words: Markup, drawing: Markup): Markup {
  return html`<div class="lane">${words}</div>${drawing}`;
}

function strip(
  title: string,
  { place, gap }: Scale,
  span: Span | undefined,
  dot: { readonly at: number; readonly kind: 'inside' | 'outside' | 'here' } | undefined,
): Markup {
  const at = (time: number): string => place(time).toFixed(1);
  const limits: Part =
    span === undefined
      ? undefined
      : dot === undefined
        ? html`<rect class="band" x="${at(span.from)}" y="8" width="${Math.max(2, place(span.to) - place(span.from)).toFixed(1)}" height="24"/>`
        : [span.from, span.to].map(
            (time) => html`<line class="edge" x1="${at(time)}" y1="0" x2="${at(time)}" y2="40"/>`,
          );
  return html`<svg class="strip" viewBox="0 0 1000 40" preserveAspectRatio="none" role="img"><title>${title}</title><line class="axis" x1="0" y1="20" x2="1000" y2="20"/>${limits}${
    gap === undefined
      ? undefined
      : html`<path class="gap" d="M${gap - 8} 6L${gap} 20L${gap - 8} 34M${gap + 6} 6L${gap + 14} 20L${gap + 6} 34"/>`
  }${
    dot === undefined
      ? undefined
      : html`<line class="dot ${dot.kind}" x1="${at(dot.at)}" y1="20" x2="${at(dot.at)}" y2="20"/>`
  }</svg>`;
}
