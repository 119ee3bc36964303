import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, type IConfigFile } from '@microsoft/api-extractor';
import { runCommand } from './command.ts';
import { root } from './workspace.ts';

/** A way into a package: what `import … from 'sigtrail/policy'` finds. */
export interface Entry {
  /** As a user writes it: `sigtrail/policy`. */
  readonly name: string;
  /** The folder of the package. */
  readonly directory: string;
  /** The built declarations of the entry. */
  readonly declarations: string;
}

/** Everything that an entry exports, as text that only changes when an export does. */
export interface ApiReport {
  readonly entry: string;
  readonly text: string;
  /** Types of the package that an export mentions and that this entry doesn't export. */
  readonly unexported: readonly string[];
}

/** The file of an entry's report: `sigtrail/policy` → `sigtrail-policy.api.md`, `@sigtrail/rekor` → `rekor.api.md`. */
export const reportFile = (entry: string): string => `${entry.replace(/^@sigtrail\//, '').replaceAll('/', '-')}.api.md`;

/** The reports of one package's entries, from its built declarations. @throws Error for declarations that don't compile */
export async function apiReports(entries: readonly Entry[]): Promise<readonly ApiReport[]> {
  const folder = await mkdtemp(join(tmpdir(), 'api-report-'));
  try {
    const configs = entries.map((entry) => ({ entry, config: extractorConfig(entry, entries, folder) }));
    const [first] = configs;
    if (first === undefined) return [];
    const compilerState = CompilerState.create(first.config);
    return configs.map(({ entry, config }) => {
      const unexported: string[] = [];
      const errors: string[] = [];
      Extractor.invoke(config, {
        compilerState,
        localBuild: true,
        messageCallback: (message) => {
          message.handled = true;
          // A second type of the same name is called `Name_2` in the report.
          const name = /^The symbol "(.+?)(?:_\d+)?" needs to be exported/.exec(message.text)?.[1];
          if (message.messageId === 'ae-forgotten-export' && name !== undefined) unexported.push(name);
          if (message.logLevel === 'error') errors.push(message.text);
        },
      });
      if (errors.length > 0) throw new Error(`${entry.name} can't be reported: ${errors.join('; ')}`);
      const written = readFileSync(join(folder, reportFile(entry.name)), 'utf8');
      return { entry: entry.name, text: withoutNoise(written), unexported: [...new Set(unexported)].toSorted() };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Types that users of a package meet and can't name: a type that no entry exports, and a type in the signature of a function, constant or
 * method that the same entry doesn't export (TS2742 in code that passes on what the function returns).
 */
export function unnameableTypes(reports: readonly ApiReport[], packages: ReadonlySet<string>): readonly string[] {
  const exported = new Set(reports.flatMap(({ text }) => exportedNames(text)));
  return reports.flatMap((report) => {
    const { entry, text } = report;
    const homeless = report.unexported.filter((name) => !exported.has(name) && !WRITTEN_OUT.has(name));
    const here = new Set(exportedNames(text));
    const imported = [...text.matchAll(/^import (?:type )?\{ (\w+)(?: as (\w+))? \} from '([^']+)';$/gm)]
      .filter(([, name, , from]) => packages.has(from ?? '') && !here.has(name ?? ''))
      .map(([, name, alias]) => alias ?? name ?? '');
    const signatures = signaturesIn(text);
    const missing = [...report.unexported.filter((name) => !WRITTEN_OUT.has(name)), ...imported].filter((name) =>
      new RegExp(`\\b${name}\\b`).test(signatures),
    );
    return [
      ...homeless.map((name) => `${entry} mentions ${name}, which no entry of its package exports`),
      ...missing.map((name) => `${entry} has a function with ${name} in its signature, which it doesn't export`),
    ];
  });
}

/** Parts of exported types that TypeScript writes out where it names those: a user never needs their names. */
const WRITTEN_OUT: ReadonlySet<string> = new Set([
  'CHECK_NAMES',
  'CiRule',
  'EventBase',
  'FaultCode',
  'ImageOnly',
  'LogEventBase',
  'OWN_PROBLEM_CODES',
  'OWN_REASON_CODES',
  'Operator',
  'PlatformBasis',
  'SignerIn',
]);

/** What an entry exports, values and types. */
export function exportedNames(text: string): readonly string[] {
  const pattern = /^export (?:(?:abstract class|class|const|function|interface|type|enum) (\w+)|\{ (\w+) \})/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
}

/** The statements that declare functions and constants, and the lines that declare methods. */
function signaturesIn(text: string): string {
  const statements = text.split(/\n\n+/).filter((block) => /^export (?:function|const|class) /m.test(block));
  const methods = [...text.matchAll(/^ {4}(?:\[?[\w.]+\]?)(?:<.*>)?\(.*\): .*;$/gm)].map(([line]) => line);
  return [...statements, ...methods].join('\n');
}

/** How the committed reports differ from the current ones, missing and new files included, and what to do about it. */
export async function compareReports(
  directory: string,
  reports: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const now = await mkdtemp(join(tmpdir(), 'api-'));
  try {
    await writeReports(now, reports);
    const { ok, output } = await runCommand('git', ['diff', '--no-index', '--no-color', '--no-prefix', directory, now]);
    if (ok) return [];
    const shown = output.replaceAll(now, '/now').replaceAll(directory, '/api');
    return [shown, 'What users can import has changed. If you want that, run "pnpm -s run api" and commit api/.'];
  } finally {
    await rm(now, { recursive: true, force: true });
  }
}

/** Writes the reports into a folder, and removes all others from it. */
export async function writeReports(directory: string, reports: ReadonlyMap<string, string>): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const [file, text] of reports) await writeFile(join(directory, file), text);
}

function extractorConfig(entry: Entry, entries: readonly Entry[], folder: string): ExtractorConfig {
  const configObject: IConfigFile = {
    projectFolder: entry.directory,
    mainEntryPointFilePath: entry.declarations,
    newlineKind: 'lf',
    compiler: {
      // As a user compiles: without the condition that leads to our sources.
      overrideTsconfig: {
        compilerOptions: {
          target: 'es2023',
          lib: ['es2023', 'esnext.disposable'],
          module: 'nodenext',
          moduleResolution: 'nodenext',
          strict: true,
          types: ['node'],
          typeRoots: [join(root, 'node_modules', '@types')],
        },
        files: entries.map(({ declarations }) => declarations),
      },
    },
    apiReport: {
      enabled: true,
      reportFolder: folder,
      reportTempFolder: join(folder, 'temporary'),
      reportFileName: reportFile(entry.name),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: 'error' as never } },
      extractorMessageReporting: {
        default: { logLevel: 'none' as never },
        'ae-forgotten-export': { logLevel: 'warning' as never },
      },
      tsdocMessageReporting: { default: { logLevel: 'none' as never } },
    },
  };
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(entry.directory, 'package.json'),
  });
}

/** Words without content: notes that a comment is missing, and that an export is public. */
function withoutNoise(text: string): string {
  return text
    .replace(/^> Do not edit this file\..*$/m, '> Do not edit this file: `pnpm -s run api` writes it.')
    .replace(/^ *\/\/ (?:@public(?: \(undocumented\))?|\(undocumented\)|@public @deprecated \(undocumented\))\n/gm, '');
}
