import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { completionFor, SHELLS } from './completion.ts';
import { createProgram, main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-completion-'));
const program = await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined);
const scripts = Object.fromEntries(
  SHELLS.map((name) => {
    const file = join(folder, `sigtrail.${name}`);
    writeFileSync(file, completionFor(name, program));
    return [name, file];
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

function shell(name: string, words: readonly string[]): string {
  return execFileSync(name, words, { encoding: 'utf8' });
}

/** What bash offers for the last word. */
function bash(...words: readonly string[]): readonly string[] {
  const list = words.map((word) => `'${word}'`).join(' ');
  const line = `source '${scripts['bash']}'; COMP_WORDS=(sigtrail ${list}); COMP_CWORD=${words.length}; _sigtrail; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return shell('bash', ['--norc', '-euc', line]).split('\n').filter(Boolean);
}

describe('sigtrail completion bash', () => {
  it('completes commands', () => {
    expect(bash('ver')).toEqual(['verify', 'verify-attestation', 'verify-blob']);
    expect(bash('rekor', '')).toContain('loginfo');
    expect(bash('rekor', 'ti')).toEqual(['timeline']);
  });

  it('completes the flags of the command that is typed', () => {
    expect(bash('verify', '--certificate-oidc')).toEqual([
      '--certificate-oidc-issuer',
      '--certificate-oidc-issuer-regexp',
    ]);
    expect(bash('rekor', 'verify', '--certificate-oidc')).toEqual([]);
    expect(bash('rekor', 'verify', '--rekor-p')).toEqual(['--rekor-public-key']);
    expect(bash('verify', '--output', 'json', '--poli')).toEqual(['--policy']);
  });

  it('leaves values and arguments to the names of files', () => {
    expect(bash('verify', '--key', '')).toEqual([]);
    expect(bash('verify', 'oci:')).toEqual([]);
    expect(shell('bash', ['-c', `source '${scripts['bash']}'; complete -p sigtrail`])).toBe(
      'complete -o default -F _sigtrail sigtrail\n',
    );
  });
});

// Where these shells are installed; bash is wherever the tests run.
const has = (name: string): boolean => spawnSync(name, ['-c', 'exit 0']).status === 0;

describe.runIf(has('zsh'))('sigtrail completion zsh', () => {
  it('is a script that zsh reads, and completes flags and commands', () => {
    const stub = `compdef() { :; }; _files() { print files; }; _describe() { print -rl -- "\${(@P)2}"; }; source '${scripts['zsh']}';`;
    const zsh = (...words: readonly string[]): string =>
      shell('zsh', [
        '-fc',
        `${stub} words=(sigtrail ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length + 1}; _sigtrail`,
      ]);
    expect(zsh('')).toContain('verify:verify an image against who must have signed it\n');
    expect(zsh('rekor', 'get', '--')).toContain('--rekor-url:address of the log\n');
    expect(zsh('verify', '--key', '')).toBe('files\n');
  });
});

describe.runIf(has('fish'))('sigtrail completion fish', () => {
  it('is a script that fish reads, and completes flags and commands', () => {
    const fish = (line: string): readonly string[] =>
      shell('fish', ['--no-config', '-c', `source '${scripts['fish']}'; complete -C '${line}'`])
        .split('\n')
        .map((text) => text.split('\t')[0] ?? '');
    expect(fish('sigtrail ver')).toEqual(expect.arrayContaining(['verify', 'verify-attestation', 'verify-blob']));
    expect(fish('sigtrail rekor ti')).toContain('timeline');
    expect(fish('sigtrail rekor verify --rekor-p')).toContain('--rekor-public-key');
    expect(fish('sigtrail rekor verify --certificate-oidc')).not.toContain('--certificate-oidc-issuer');
  });
});

describe('sigtrail completion', () => {
  it.each(SHELLS)('prints the script of %s', async (name) => {
    let text = '';
    const print = (printed: string): void => void (text += printed);
    expect(await main(['completion', name], { stdout: print, stderr: print })).toBe(0);
    expect(text).toBe(completionFor(name, program));
  });

  it('is refused for another shell', async () => {
    let text = '';
    const print = (printed: string): void => void (text += printed);
    expect(await main(['completion', 'tcsh'], { stdout: print, stderr: print })).toBe(2);
    expect(text).toContain('expected bash, zsh or fish');
  });
});
