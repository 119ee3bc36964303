import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

async function lines(name: string, ...args: readonly string[]): Promise<readonly string[]> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const { stdout } = await run(process.execPath, ['--conditions=@sigtrail/source', file, ...args]);
  return stdout.trim().split('\n');
}

describe('examples of policies with code of your own', () => {
  it('take only whom a file lists', async () => {
    expect(await lines('policy-allow-list.ts')).toEqual(['verified', 'accept accepted']);
  });

  it('leave the verdict open when the file is not there', async () => {
    const [verdict, callback] = await lines('policy-allow-list.ts', 'no-such-list.json');
    expect([verdict, callback?.startsWith('accept threw ENOENT')]).toEqual(['indeterminate', true]);
  });

  it('ask for a signature and a scan of the last seven days', async () => {
    const [signed, old, fresh] = await lines('policy-signed-and-scanned.ts');
    expect(signed).toMatch(/^signed: rejected/);
    expect(old).toMatch(/eight days ago: rejected scanned 8 days ago/);
    expect(fresh).toMatch(/yesterday: verified/);
  });

  it('ask for two people', async () => {
    expect((await lines('policy-two-people.ts')).map((line) => line.replace(/ \(.*/, ''))).toEqual([
      'alice: rejected',
      'alice, twice: rejected',
      'alice and carol: verified',
    ]);
  });

  it('ask a service, and leave the verdict open while it is silent', async () => {
    expect(await lines('policy-ask-a-service.ts')).toEqual(
      [
        'service says yes: verified',
        'service says no: rejected allOf[1].acceptImage failed: release service refuses it: the service says no',
        'service down: indeterminate allOf[1].acceptImage unknown: release service did not answer: no answer within 1000 ms',
      ].map((line) => expect.stringContaining(line) as string),
    );
  });
});
