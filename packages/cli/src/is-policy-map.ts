import { readInput } from './read-input.ts';

/** Whether a file is a policy map, in YAML or JSON: a policy has none of these members. */
export async function isPolicyMap(file: string, flag = '<file>'): Promise<boolean> {
  return /(?:^|[{,])\s*["']?(?:images|exceptions)["']?\s*:/m.test(await readInput(flag, file));
}
