import { counted } from '@sigtrail/encoding';
import { inclusionSteps, type InclusionStep, isRekorError } from '@sigtrail/rekor';
import { html, type Markup } from './markup.ts';

/** An inclusion proof to draw; hashes in hexadecimal. */
export interface DrawnPath {
  readonly leafIndex: number | string;
  readonly treeSize: number | string;
  readonly leafHash: string;
  readonly hashes: readonly string[];
  readonly rootHash: string;
  readonly origin: string;
  readonly checkpoint: string;
}

/** The way from an entry up to the root that the log signed: each node is hashed again here, from the node below and its sibling. */
export function merklePath(path: DrawnPath): Markup {
  const { leafIndex, treeSize, leafHash, rootHash, origin, checkpoint } = path;
  const steps = stepsOf(path);
  const computed = steps?.at(-1)?.node ?? Buffer.from(leafHash, 'hex');
  if (steps === undefined || hex(computed) !== rootHash)
    return html`<p class="failed">The path does not lead to the root in the checkpoint.</p>`;
  const title = `Path from leaf ${leafIndex} to the root of a tree of ${counted(treeSize, 'entry', 'entries')}`;
  const desc = `${counted(steps.length, 'step')}. Each node is SHA-256 of the node below and a hash that the log gave; the last equals the root that the log signed.`;
  return html`<p>Entry <b>${leafIndex}</b> of a tree of <b>${treeSize}</b>: ${counted(steps.length, 'hash leads', 'hashes lead')} from it to the root that <b>${origin}</b> signed. They were computed again for this page.</p>
<div class="path">${steps.toReversed().map((step, index) => drawn(step, index === 0, index === 0 ? { title, desc } : undefined))}<div class="step"><svg viewBox="0 0 88 36"${steps.length === 0 ? html` role="img"` : html` aria-hidden="true"`}>${steps.length === 0 ? html`<title>${title}</title><desc>${desc}</desc>` : html`<line class="trunk" x1="44" y1="0" x2="44" y2="18"/>`}<circle class="rootknot" cx="44" cy="18" r="9"/></svg><span><b>the entry</b>, leaf ${leafIndex}: <code>${brief(leafHash)}</code></span></div></div>
<details><summary>All hashes, and the signed checkpoint</summary><div class="in"><table><caption>From the entry to the root: SHA-256 of 1, left, right</caption><thead><tr><th scope="col">Step</th><th scope="col">Beside it</th><th scope="col">Gives</th></tr></thead><tbody>${steps.map(
    ({ side, beside, node }, index) =>
      html`<tr><th scope="row">${index + 1}, ${side}</th><td><code>${hex(beside)}</code></td><td><code>${hex(node)}</code></td></tr>`,
  )}</tbody></table><p>Leaf <code>${leafHash}</code></p><p>Root <code>${rootHash}</code></p><pre>${checkpoint
    .split('\n')
    .map(
      (line) => html`${line}
`,
    )}</pre></div></details>`;
}

/** A proof that can't be followed is not drawn: no verified report has one, but a report read from a file may say anything. */
function stepsOf({ leafIndex, treeSize, leafHash, hashes }: DrawnPath): readonly InclusionStep[] | undefined {
  const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
  const isCount = (count: number | string): boolean => /^\d{1,16}$/.test(String(count));
  if (![leafHash, ...hashes].every(isHash) || ![leafIndex, treeSize].every(isCount)) return undefined;
  try {
    return inclusionSteps({
      index: BigInt(leafIndex),
      size: BigInt(treeSize),
      leafHash: Buffer.from(leafHash, 'hex'),
      hashes: hashes.map((hash) => Buffer.from(hash, 'hex')),
    });
  } catch (error) {
    if (isRekorError(error)) return undefined;
    throw error;
  }
}

function drawn(
  { side, beside, node }: InclusionStep,
  isRoot: boolean,
  words: { readonly title: string; readonly desc: string } | undefined,
): Markup {
  const x = side === 'left' ? 16 : 72;
  const attributes =
    words === undefined
      ? html` aria-hidden="true">`
      : html` role="img"><title>${words.title}</title><desc>${words.desc}</desc>`;
  return html`<div class="step"><svg viewBox="0 0 88 36"${attributes}<line class="limb" x1="44" y1="12" x2="${x}" y2="28"/>${isRoot ? undefined : html`<line class="trunk" x1="44" y1="0" x2="44" y2="12"/>`}<line class="trunk" x1="44" y1="12" x2="44" y2="36"/><circle class="beside" cx="${x}" cy="28" r="6"/><circle class="${isRoot ? 'rootknot' : 'knot'}" cx="44" cy="12" r="${isRoot ? 9 : 6}"/></svg><span>${isRoot ? html`<b>the root</b>, signed by the log: ` : undefined}<code>${brief(hex(node))}</code> <span class="soft">with <code>${brief(hex(beside))}</code> on the ${side}</span></span></div>`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function brief(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}
