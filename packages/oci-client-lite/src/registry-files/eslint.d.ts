// The types of toml-eslint-parser mention a type of ESLint, for the plugins that it was written for. Nothing here uses it, and ESLint is not installed.
declare module 'eslint' {
  export namespace SourceCode {
    type VisitorKeys = Readonly<Record<string, readonly string[]>>;
  }
}
