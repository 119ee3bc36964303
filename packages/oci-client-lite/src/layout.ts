import type { ReadOptions, Repository } from './repository.ts';

export function openLayout(directory: string): Repository {
  void directory;
  throw new Error('not there yet');
}
export function layoutRoot(repository: Repository, options?: ReadOptions): Promise<string> {
  void repository;
  void options;
  throw new Error('not there yet');
}
