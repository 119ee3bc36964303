import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('journal-run.ts', import.meta.url));
const IMAGES = 40;
/** `.ci/run --all` kills more often. */
const KILLS = process.env['SIGTRAIL_WHOLE'] === '1' ? 50 : 3;

/** What one run of the program said before it ended. It is killed so long after its outcome of that number. */
async function runAndKill(
  argv: readonly string[],
  kill: { readonly after: number; readonly ms: number } | undefined,
): Promise<{ readonly said: readonly string[]; readonly wasKilled: boolean }> {
  const child = spawn(process.execPath, ['--conditions=@sigtrail/source', PROGRAM, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    if (kill !== undefined && said.length === kill.after) setTimeout(() => child.kill('SIGKILL'), kill.ms);
  });
  const ended = once(child.stdout, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  await ended;
  if (signal === null) expect(code).toBe(0);
  // A line without its end was not said to its end.
  return { said: said.filter((line) => line.endsWith(']')), wasKilled: signal === 'SIGKILL' };
}

/** Points every tag at a signed image, or at one that isn't: what is asked anew gets another verdict. */
function pointTags(registry: FakeRegistry, digest: string): void {
  for (let index = 0; index < IMAGES; index += 1) registry.tag('acme/app', `v${index}`, digest);
}

it(`loses nothing and gives no second verdict when it is killed ${KILLS} times`, { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-killed-journal-'));
  const [registry, sigstore] = await Promise.all([startRegistry({ delayMs: 5 }), createSigstore()]);
  try {
    const signed = pushImage(registry, 'acme/app:signed');
    const unsigned = pushImage(registry, 'acme/app:unsigned');
    await sigstore.signImage(registry, signed.reference, { as: { email: 'dev@acme.test' } });
    const trust = join(folder, 'trusted_root.json');
    await writeFile(trust, sigstore.trust.json);

    let kills = 0;
    for (let series = 0; kills < KILLS; series += 1) {
      const argv = [join(folder, `run-${series}.jsonl`), trust, registry.host, String(IMAGES)];
      const first = new Map<string, string>();
      let isFinished = false;
      for (let turn = 0; !isFinished; turn += 1) {
        pointTags(registry, turn % 2 === 0 ? signed.digest : unsigned.digest);
        // Sooner or later after one more outcome than all runs before have seen.
        const kill =
          kills < KILLS ? { after: Math.min(IMAGES - 1, first.size + 1), ms: (turn * 7 + series) % 11 } : undefined;
        const { said, wasKilled } = await runAndKill(argv, kill);
        if (wasKilled) kills += 1;
        else isFinished = true;
        for (const line of said) {
          const [reference = ''] = JSON.parse(line) as readonly string[];
          expect(line).toBe(first.get(reference) ?? line);
          first.set(reference, line);
        }
        if (isFinished) expect(said).toHaveLength(IMAGES);
      }
      expect(first.size).toBe(IMAGES);
      const verdicts = [...first.values()].map((line) => (JSON.parse(line) as readonly string[])[1]);
      expect(new Set(verdicts)).toEqual(new Set(['verified', 'rejected']));
    }
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
});
