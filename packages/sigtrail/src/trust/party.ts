import type { ListedLog } from '@sigtrail/rekor/trusted-logs';
import { createHash } from 'node:crypto';
import type { AuthorityChain } from '../establish/chain.ts';
import { keyMaterial } from '../keys/key-spellings.ts';
import type { TrustedRoot } from './trusted-root.ts';

/**
 * Who runs a log or a timestamp authority. Thresholds count parties: everything with the same `operator` in the trusted root (v0.2) is one
 * party; without an operator, logs are distinguished by their keys and timestamp authorities by their anchors.
 */
export interface Party {
  readonly by: 'operator' | 'key' | 'anchor';
  /** The operator; or the address of the log or authority. */
  readonly name: string;
}

/** The parties of one trusted root. Equal parties are the same object. */
export interface Parties {
  ofLog(log: ListedLog): Party;
  ofAuthority(authority: AuthorityChain): Party;
}

const remembered = new WeakMap<TrustedRoot, Parties>();

/** Anything that two logs or authorities share makes them one party: shards with the same key, rotated leaves, an operator that only one of them names. */
export function partiesOf(root: TrustedRoot): Parties {
  const earlier = remembered.get(root);
  if (earlier !== undefined) return earlier;
  const logs = [...root.transparencyLogs, ...root.certificateTransparencyLogs];
  const marks = joinMarks([...logs.map(marksOfLog), ...root.timestampAuthorities.map(marksOfAuthority)]);
  const found = new Map<ReadonlySet<string>, Party>();
  const partyOf = (own: readonly string[], unnamed: Party): Party => {
    // A log object from elsewhere, for example from a copy of the root, shares a key with one of the root's.
    const joined = own.map((mark) => marks.get(mark)).find((set) => set !== undefined) ?? new Set(own);
    const party = found.get(joined) ?? nameParty(joined, unnamed, root);
    found.set(joined, party);
    return party;
  };
  const parties: Parties = {
    ofLog: (log) => partyOf(marksOfLog(log), { by: 'key', name: log.baseUrl }),
    ofAuthority: (authority) => partyOf(marksOfAuthority(authority), { by: 'anchor', name: authority.uri }),
  };
  remembered.set(root, parties);
  return parties;
}

/** Joins everything that shares a mark, directly or indirectly. Every mark maps to the set of all marks of its party. */
export function joinMarks(all: readonly (readonly string[])[]): ReadonlyMap<string, ReadonlySet<string>> {
  const joined = new Map<string, ReadonlySet<string>>();
  for (const marks of all) {
    const party = new Set(marks.flatMap((mark) => [mark, ...(joined.get(mark) ?? [])]));
    for (const mark of party) joined.set(mark, party);
  }
  return joined;
}

/** A single mark for all spellings of an operator: it is a URI without a scheme, and people write names in many ways. */
export function operatorMarks(operator: string | undefined): readonly string[] {
  const name = operator
    ?.normalize('NFKC')
    .replaceAll(/[\s\p{Cf}]+/gu, '')
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/[/.]+$/, '');
  return name === undefined || name === '' ? [] : [`operator ${name}`];
}

function marksOfLog({ publicKey, operator }: ListedLog): readonly string[] {
  return [`key ${keyMaterial(publicKey)}`, ...operatorMarks(operator)];
}

/** Chains that share a key, even in a renewed certificate, have the same anchor; so do single certificates that name the same issuer. */
function marksOfAuthority({ certificates, operator }: AuthorityChain): readonly string[] {
  const anchor = certificates.at(-1);
  const isIssued = anchor !== undefined && !Buffer.from(anchor.issuer).equals(anchor.subject);
  return [
    ...certificates.map(({ spki }) => `anchor ${sha256(spki)}`),
    ...(isIssued ? [`issuer ${sha256(anchor.issuer)}`] : []),
    ...operatorMarks(operator),
  ];
}

function nameParty(marks: ReadonlySet<string>, unnamed: Party, root: TrustedRoot): Party {
  const all = [...root.transparencyLogs, ...root.certificateTransparencyLogs, ...root.timestampAuthorities];
  const operator = all.find((one) => operatorMarks(one.operator).some((mark) => marks.has(mark)))?.operator;
  return operator === undefined ? unnamed : { by: 'operator', name: operator.trim() };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
