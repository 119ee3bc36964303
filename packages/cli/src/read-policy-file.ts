import { dirname, resolve } from 'node:path';
import { type LocatedPolicy, readLocatedPolicy } from 'sigtrail/policy-file';
import { readInput, readTextNow } from './read-input.ts';

/** Reads a policy file; the keys that it names are beside it. */
export async function readPolicyFile(file: string): Promise<LocatedPolicy> {
  return readLocatedPolicy(await readInput('<file>', file), {
    file,
    readKeyFile: (path) => readTextNow('key', resolve(dirname(file), path)),
  });
}
