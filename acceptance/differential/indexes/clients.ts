import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startGoProgram } from '../go-program.ts';
import { type Content, digestOf } from './pool.ts';

/** `linux/arm/v7` */
export type PlatformName = `${string}/${string}`;

/** What a client would run. */
export interface Choice {
  readonly client: string;
  readonly reference: string;
  readonly platform: string;
  readonly digest: string;
}

/** Clients that choose an image from an index. */
export interface Clients {
  /** The content of the registry, for clients that can't read it. */
  know(contents: ReadonlyMap<string, Content>): void;
  /** What each client would run, from each digest on each platform; nothing if it refuses. */
  choose(references: readonly string[], platforms: readonly PlatformName[]): Promise<readonly Choice[]>;
  end(): Promise<void>;
}

/** The libraries of crane, skopeo and containerd, in one program without a network. */
export function linkedClients(): Clients {
  const program = startGoProgram('differential-indexes');
  return {
    know: (contents) =>
      program.tell({
        contents: Object.fromEntries(
          [...contents].map(([digest, { mediaType, data }]) => [digest, { mediaType, data: data.toString('base64') }]),
        ),
      }),
    choose: async (references, platforms) => {
      const { choices } = (await program.ask({ references, platforms })) as { readonly choices: readonly Choice[] };
      return choices;
    },
    end: program.end,
  };
}

const run = promisify(execFile);

/** The programs crane and skopeo, against the registry. */
export function installedClients(
  programs: { readonly crane: string; readonly skopeo: string },
  repository: string,
): Clients {
  const directory = mkdtempSync(join(tmpdir(), 'differential-'));
  const chosenBy: Readonly<Record<string, (reference: string, platform: string) => Promise<string>>> = {
    'crane digest': async (reference, platform) => {
      const { stdout } = await run(programs.crane, ['digest', '--platform', platform, `${repository}@${reference}`]);
      return stdout.trim();
    },
    'skopeo copy': async (reference, platform) => {
      const [os = '', architecture = '', variant = ''] = platform.split('/');
      const target = join(directory, 'copy');
      const overrides = ['--override-os', os, '--override-arch', architecture, '--override-variant', variant];
      const from = `docker://${repository}@${reference}`;
      await run(programs.skopeo, [
        ...overrides,
        'copy',
        '--src-tls-verify=false',
        '--insecure-policy',
        from,
        `dir:${target}`,
      ]);
      return digestOf(await readFile(join(target, 'manifest.json')));
    },
  };
  return {
    know: () => undefined,
    choose: async (references, platforms) => {
      const choices: Choice[] = [];
      for (const reference of references)
        for (const platform of platforms)
          for (const [client, choose] of Object.entries(chosenBy))
            try {
              choices.push({ client, reference, platform, digest: await choose(reference, platform) });
            } catch (error) {
              if (!hasEnded(error)) throw error;
            }
      return choices;
    },
    end: async () => rm(directory, { recursive: true, force: true }),
  };
}

/** A program that refused, as opposed to one that could not start. */
function hasEnded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
