import { evaluateImage } from 'sigtrail';
import { safeText, toCosignJson, toText } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import { type ExitCode, exitCodeOf } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { policyOf, type VerifyFlags, verifierOptionsOf } from '../options.ts';
import type { Streams } from '../streams.ts';
import { UsageError } from '../usage-error.ts';

/** `sigtrail verify <ref>`: flags have cosign's names and meanings. */
export function addVerify({ command, exit, ...streams }: CommandContext): void {
  command('verify')
    .description('verify an image against who must have signed it')
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest]')
    .option('--certificate-identity <name>', 'exact subject of the certificate')
    .option('--certificate-identity-regexp <re2>', 'RE2 search in the subject')
    .option('--certificate-oidc-issuer <url>', 'exact issuer of the identity')
    .option('--certificate-oidc-issuer-regexp <re2>', 'RE2 search in the issuer')
    .option('--certificate-github-workflow-trigger <text>')
    .option('--certificate-github-workflow-sha <text>')
    .option('--certificate-github-workflow-name <text>')
    .option('--certificate-github-workflow-repository <text>')
    .option('--certificate-github-workflow-ref <text>')
    .option('--key <file>', 'PEM public key')
    .option(
      '-a, --annotations <key=value>',
      'signed annotation that must be there; repeatable',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--trusted-root <file>', 'trusted_root.json; default: embedded public-good snapshot')
    .option('--insecure-ignore-tlog', 'weakens: no transparency log needed')
    .option('--insecure-ignore-sct', 'weakens: no certificate transparency needed')
    .option('--use-signed-timestamps', 'use timestamp annotations of .sig signatures')
    .option('--allow-http-registry', 'weakens: plain http for any registry')
    .option('--allow-insecure-registry', 'weakens: the same')
    .option('--new-bundle-format', 'no effect: both formats are always looked for')
    .option('--experimental-oci11', 'no effect: always looked for')
    .option('--offline', 'no effect: no log is ever contacted')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .option('-o, --output <format>', 'text, json or cosign', 'text')
    .action(async (reference: string, flags: VerifyFlags) => exit(await verify(reference, flags, streams)));
}

async function verify(reference: string, flags: VerifyFlags, { stdout, stderr }: Streams): Promise<ExitCode> {
  const { output } = flags;
  if (!['text', 'json', 'cosign'].includes(output))
    throw new UsageError(`--output must be text, json or cosign, got ${JSON.stringify(output)}`);
  const warn = (line: string): void => stderr(`${safeText(line)}\n`);
  const policy = await policyOf(flags, warn);
  const report = await evaluateImage(reference, policy, verifierOptionsOf(flags, warn));
  if (output === 'text') stdout(toText(report));
  else {
    stderr(toText(report));
    if (output === 'json') stdout(toJsonLine(report));
    else if (report.verdict === 'verified') stdout(`\n${toCosignJson(report)}\n`);
  }
  return exitCodeOf(report);
}
