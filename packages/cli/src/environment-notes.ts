import type { Command } from 'commander';

/** What is said of variables of cosign’s that change where a command looks: they are easily forgotten. */
export function environmentNotes(command: Command): readonly string[] {
  const repository = process.env['COSIGN_REPOSITORY'];
  const looks = command.options.some(({ long }) => long === '--attachment-repository');
  const { attachmentRepository } = command.opts<{ readonly attachmentRepository?: string }>();
  if (!looks || repository === undefined || repository === '') return [];
  return attachmentRepository === undefined
    ? [`note: signatures are looked for in ${repository} alone, as COSIGN_REPOSITORY of the environment says`]
    : ['note: COSIGN_REPOSITORY of the environment is ignored beside --attachment-repository'];
}
