import { createPublicKey, type KeyObject } from 'node:crypto';

/** ML-DSA (FIPS 204) by node:crypto's names of its key types. */
const NAMES: Readonly<Record<string, string>> = {
  'ml-dsa-44': 'ML-DSA-44',
  'ml-dsa-65': 'ML-DSA-65',
  'ml-dsa-87': 'ML-DSA-87',
};

/** `ML-DSA-65` and its like; `undefined` for a key of another kind. */
export function mlDsaName(key: KeyObject): string | undefined {
  const type: string | undefined = key.asymmetricKeyType;
  return type === undefined || !Object.hasOwn(NAMES, type) ? undefined : NAMES[type];
}

// AlgorithmIdentifier of an SPKI (RFC 9881 §4): SEQUENCE { OID 2.16.840.1.101.3.4.3.17 to .19 }, without parameters.
const ALGORITHM = '300b06096086480165030403';
const LAST_ARCS: Readonly<Record<string, string>> = { 11: 'ML-DSA-44', 12: 'ML-DSA-65', 13: 'ML-DSA-87' };

/** The ML-DSA name that an SPKI states, read without Node, which may not know ML-DSA. */
export function mlDsaNameInSpki(spki: Uint8Array): string | undefined {
  const head = Buffer.from(spki.subarray(0, 24)).toString('hex');
  const at = head.indexOf(ALGORITHM);
  // After SEQUENCE and its length of two or three bytes; nowhere else.
  return at < 4 || at > 10 ? undefined : LAST_ARCS[head.slice(at + ALGORITHM.length, at + ALGORITHM.length + 2)];
}

/** Whether this Node knows ML-DSA: from 24.7, with OpenSSL 3.5. Tried out, since Node can be built with other versions of OpenSSL. */
export function knowsMlDsa(): boolean {
  // An ML-DSA-44 key of 1,312 zero bytes: any such number is one (FIPS 204 §7.2).
  const spki = Buffer.concat([Buffer.from('30820532300b06096086480165030403110382052100', 'hex'), Buffer.alloc(1312)]);
  try {
    createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return true;
  } catch {
    return false; // this Node doesn't know it
  }
}

/** Why a key that claims to be ML-DSA could not be imported. */
export function mlDsaFault(name: string, isKnown: boolean): string {
  const { node, openssl } = process.versions;
  return isKnown
    ? `its DER says ${name}, but it is not such a key`
    : `it is an ${name} key, which needs Node 24.7 or later with OpenSSL 3.5 (this is Node ${node} with OpenSSL ${openssl})`;
}
