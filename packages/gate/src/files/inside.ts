import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path leads out of a folder. Both are absolute, and links are not followed. */
export function isOutside(folder: string, file: string): boolean {
  const step = relative(folder, file);
  return step === '..' || step.startsWith(`..${sep}`) || isAbsolute(step);
}
