import type { Location } from '@sigtrail/triangulate';
import type { TranscriptEntry } from 'oci-client-lite';
import { explainCode } from '../../explain/index.ts';
import { html, type Markup, type Part } from './markup.ts';

/** Where signatures were searched for, and every request. */
export function discovery(
  {
    locations,
    transcript,
  }: { readonly locations: readonly Location[]; readonly transcript: readonly TranscriptEntry[] },
  most: number,
): Part {
  return html`${locations.length === 0 ? html`<p>No place was looked at.</p>` : places(locations.slice(0, most))}${
    transcript.length === 0
      ? html`<p>No request was made.</p>`
      : html`<details class="block"><summary>${transcript.length === 1 ? '1 request' : `${transcript.length} requests`}, as a waterfall</summary><div class="in">${waterfall(transcript.slice(0, most))}${transcript.length > most ? html`<p class="soft">${transcript.length - most} more requests: the JSON report has them.</p>` : undefined}</div></details>`
  }`;
}

function places(locations: readonly Location[]): Markup {
  return html`<table class="places"><caption>Places where a signature could be</caption><thead><tr><th scope="col">Place</th><th scope="col">Name</th><th scope="col">Answer</th></tr></thead><tbody>${locations.map(
    ({ kind, name, answer, code, message }) =>
      html`<tr><th scope="row">${kind.replaceAll('-', ' ').replace(' api', ' API')}</th><td>${name}${message === undefined ? undefined : html`<br><span class="soft">${message}</span>`}${code === undefined ? undefined : html`<br><span class="soft">${code}: ${explainCode(code)?.means ?? 'it could not be read'}</span>`}</td><td><span class="tag ${answer}">${answer}</span></td></tr>`,
  )}</tbody></table>`;
}

/** One bar for each request, drawn after the slowest request of the step before, for which it had to wait. */
function waterfall(transcript: readonly TranscriptEntry[]): Markup {
  const bars = placeBars(transcript);
  const total = Math.max(1, ...bars.map(({ from, look }) => from + look.durationMs));
  const scale = (milliseconds: number): string => ((milliseconds / total) * 1000).toFixed(1);
  return html`<table class="waterfall"><caption>Requests in the order of their need: each begins where the slowest of what it needed ended. ${Math.round(total)} ms from left to right</caption><thead><tr><th scope="col">Request</th><th scope="col">Answer</th><th scope="col">Time</th></tr></thead><tbody>${bars.map(
    ({ from, look }) => {
      const { method, url, status, bytes, durationMs, error, note, routedBy } = look;
      const kind = error !== undefined ? 'error' : status === undefined && method !== 'READ' ? 'memory' : '';
      const title = `${durationMs} ms, from ${Math.round(from)} ms`;
      return html`<tr><td><b>${method}</b> ${url}${note === undefined ? undefined : html`<br><span class="soft">${note}</span>`}${routedBy === undefined ? undefined : html`<br><span class="soft">sent there by ${routedBy}</span>`}</td><td>${status}${bytes === undefined ? undefined : html` <span class="soft">${bytes} B</span>`}${error === undefined ? undefined : html` <span class="refused">${error}</span>`}</td><td>${durationMs} ms<svg viewBox="0 0 1000 16" preserveAspectRatio="none" role="img"><title>${title}</title><rect class="bar ${kind}" x="${scale(from)}" y="3" width="${Math.max(4, Number(scale(durationMs)))}" height="10"/></svg></td></tr>`;
    },
  )}</tbody></table>`;
}

interface Bar {
  readonly look: TranscriptEntry;
  readonly from: number;
}

function placeBars(transcript: readonly TranscriptEntry[]): readonly Bar[] {
  const longest = new Map<number, number>();
  for (const look of transcript) longest.set(stepOf(look), Math.max(longest.get(stepOf(look)) ?? 0, look.durationMs));
  const starts = new Map<number, number>();
  let start = 0;
  for (const step of [...longest.keys()].toSorted((one, other) => one - other)) {
    starts.set(step, start);
    start += longest.get(step) ?? 0;
  }
  return transcript.map((look) => ({ look, from: starts.get(stepOf(look)) ?? 0 }));
}

/** How many requests had to end before this one; a report about a bundle has none. */
function stepOf(look: TranscriptEntry): number {
  return 'step' in look && typeof look.step === 'number' ? look.step : 0;
}
