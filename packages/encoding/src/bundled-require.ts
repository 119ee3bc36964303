// Node's in CommonJS and in Bun; esbuild's in an ES module that esbuild bundled; missing in any other ES module.
declare const require: ((name: string) => unknown) | undefined;

/**
 * Gives the CommonJS packages in a bundle access to Node's own modules. If esbuild writes a bundle as an ES module, the `require` of those packages always fails
 * unless there is a global `require`. This defines one, for Node's modules only. undici asks for some of them as late as its first connection
 * over TLS, so it stays. Outside such a bundle nothing is defined.
 */
export function provideBundledRequire(): void {
  if (!isRequireWithoutNode() || 'require' in globalThis) return;
  Object.defineProperty(globalThis, 'require', {
    configurable: true,
    writable: true,
    value: (name: string): unknown => {
      const found: unknown = process.getBuiltinModule(name);
      if (found === undefined)
        throw Object.assign(new Error(`the bundle has no module "${name}"`), { code: 'MODULE_NOT_FOUND' });
      return found;
    },
  });
}

/** Whether there is a `require` that can't load a module that every Node has. */
function isRequireWithoutNode(): boolean {
  if (typeof require !== 'function') return false;
  try {
    require('node:buffer');
    return false;
  } catch {
    return true; // that it throws is the answer
  }
}
