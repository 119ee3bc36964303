import type { AddCommand } from './command.ts';

/** Gives what adds a command to the program: nothing that only this command needs is evaluated before. */
export type LoadCommand = () => Promise<AddCommand>;

/** Every command by its name, under the headings of the help. */
export const COMMANDS: Readonly<Record<string, Readonly<Record<string, LoadCommand>>>> = {
  Verify: {
    verify: async () => (await import('./commands/verify.ts')).addVerify,
    'verify-attestation': async () => (await import('./commands/verify-attestation.ts')).addVerifyAttestation,
    'verify-blob': async () => (await import('./commands/verify-blob.ts')).addVerifyBlob,
    gate: async () => (await import('./commands/gate.ts')).addGate,
    fleet: async () => (await import('./commands/fleet.ts')).addFleet,
    replay: async () => (await import('./commands/replay.ts')).addReplay,
  },
  Look: {
    inspect: async () => (await import('./commands/inspect.ts')).addInspect,
    triangulate: async () => (await import('./commands/triangulate.ts')).addTriangulate,
    tree: async () => (await import('./commands/tree.ts')).addTree,
    claims: async () => (await import('./commands/claims.ts')).addClaims,
    blob: async () => (await import('./commands/blob.ts')).addBlob,
    download: async () => (await import('./commands/download.ts')).addDownload,
    manifest: async () => (await import('./commands/manifest.ts')).addManifest,
  },
  'Transparency log': {
    rekor: async () => (await import('./commands/rekor.ts')).addRekor,
  },
  'Trusted root': {
    'trusted-root': async () => (await import('./commands/trusted-root.ts')).addTrustedRoot,
  },
  Policies: {
    policy: async () => (await import('./commands/policy.ts')).addPolicy,
  },
  Help: {
    explain: async () => (await import('./commands/explain.ts')).addExplain,
    help: async () => (await import('./commands/help.ts')).addHelp,
    completion: async () => (await import('./commands/completion.ts')).addCompletion,
  },
};

/** Commands that speak of all the others. */
const OF_ALL: ReadonlySet<string> = new Set(['help', 'completion']);

/** Commands to load for a command line: the one that it begins with, or all, where it asks about them or begins with no command. */
export function commandsFor([first = '']: readonly string[]): typeof COMMANDS {
  const isNamed = ([, commands]: (typeof GROUPS)[number]): boolean => Object.hasOwn(commands, first);
  const group = OF_ALL.has(first) ? undefined : GROUPS.find(isNamed);
  const load = group?.[1][first];
  return group === undefined || load === undefined ? COMMANDS : { [group[0]]: { [first]: load } };
}

const GROUPS = Object.entries(COMMANDS);
