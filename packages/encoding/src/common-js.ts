import './require-runtime.ts';

/** The names of a CommonJS package after `await import(…)`. In a bundle that is split into files, they are only members of `default`. */
export function namesOfCommonJs<T extends object>(loaded: T): T {
  const { default: whole, ...names } = loaded as T & { readonly default?: T };
  return whole !== undefined && Object.keys(names).filter((name) => name !== 'module.exports').length === 0
    ? whole
    : loaded;
}
