import type { KeyObject } from 'node:crypto';

const curves = new WeakMap<KeyObject, string | undefined>();

/** OpenSSL's name of an EC key's curve, `undefined` for other keys. Node looks into the key each time, for a tenth of a signature. */
export function namedCurve(key: KeyObject): string | undefined {
  const known = curves.get(key);
  if (known !== undefined || key.asymmetricKeyType !== 'ec') return known;
  const name = key.asymmetricKeyDetails?.namedCurve;
  curves.set(key, name);
  return name;
}

/** For whoever has just imported the key from an encoding that names its curve. */
export function setNamedCurve(key: KeyObject, name: string): void {
  curves.set(key, name);
}
