import type { Arg, Dockerfile } from 'dockerfile-ast';
import { expandVariables, type LookUp } from '../expand-variables.ts';
import type { BuildArguments } from '../find-context.ts';

/** What BuildKit itself sets, from the platform that is built for. */
const PLATFORM = /^(?:TARGET|BUILD)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)$/;

/** The variables that `FROM` knows: the `ARG`s above the first of them, with what was given to the build in place of their defaults. */
export function globalArguments(dockerfile: Dockerfile, given: BuildArguments): LookUp {
  const values = new Map<string, ReturnType<LookUp>>();
  const lookUp: LookUp = (name) => {
    if (values.has(name)) return values.get(name);
    if (!PLATFORM.test(name)) return undefined;
    return (
      valueIn(given, name) ?? {
        problem: 'platform-dependent',
        message: `${name} depends on the platform that is built for: give it as a build argument`,
      }
    );
  };
  for (const property of initialArguments(dockerfile).flatMap((arg) => arg.getProperties())) {
    const name = property.getName();
    const written = property.getUnescapedValue();
    const own = valueIn(given, name);
    if (own !== undefined) values.set(name, own);
    else if (written !== null) {
      const expanded = expandVariables(written, lookUp, dockerfile.getEscapeCharacter());
      values.set(name, 'problem' in expanded ? expanded : expanded.value);
    } else if (!PLATFORM.test(name)) values.set(name, undefined);
  }
  return lookUp;
}

function initialArguments(dockerfile: Dockerfile): readonly Arg[] {
  return dockerfile.getInitialARGs();
}

function valueIn(given: BuildArguments, name: string): ReturnType<LookUp> {
  return Object.hasOwn(given, name) ? given[name] : undefined;
}
