import { type CheckOption, checkOptions, expecting, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aCount, aFlag, aText, oneOf } from '../option-checks.ts';
import type { Fault } from './fault.ts';
import type { RequestRecord } from './request-record.ts';
import type { Route } from './route.ts';

/** A fault and where it strikes. Conditions add up; without any it strikes everywhere. */
export interface FaultRule {
  /** A kind of request, or a question asked of each. */
  readonly route?: Route | ((request: RequestRecord) => boolean);
  /** Only requests whose path and query contain this text. */
  readonly path?: string;
  /** Lets so many matching requests pass first: the answer that changes between two looks. */
  readonly skip?: number;
  /** So many times, then never again; default always. */
  readonly times?: number;
  /**
   * `true`: strikes requests without access, too. By default those get their 401 and don't use up `times`, except on
   * `ping` and `token`, whose whole business is access.
   */
  readonly beforeAccess?: boolean;
  readonly fault: Fault;
}

const ROUTES: Readonly<Record<Route, true>> = {
  ping: true,
  token: true,
  manifest: true,
  'fallback-tag': true,
  blob: true,
  tags: true,
  referrers: true,
  other: true,
};

const KINDS: Readonly<Record<Fault['kind'], true>> = {
  status: true,
  reset: true,
  refuse: true,
  hang: true,
  redirect: true,
  'redirect-loop': true,
  html: true,
  'reset-mid-body': true,
  drip: true,
  endless: true,
  'content-length': true,
  'wrong-bytes': true,
  body: true,
  empty: true,
  gzip: true,
  'content-type': true,
  'digest-header': true,
  headers: true,
};

const aRouteName = oneOf(...Object.keys(ROUTES));
const aKind = oneOf(...Object.keys(KINDS));
const isObject = expecting(
  "an object like { kind: 'status', status: 503 }",
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const aRoute: CheckOption = (value, name, door) => {
  if (typeof value !== 'function') aRouteName(value, name, door);
};

const aFault: CheckOption = (value, name, door) => {
  isObject(value, name, door);
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  aKind(kind, `${name}.kind`, door);
};

const RULE: OptionTable<FaultRule> = {
  route: aRoute,
  path: aText,
  skip: aCount,
  times: expecting('a number', (value) => typeof value === 'number'),
  beforeAccess: aFlag,
  fault: aFault,
};

/** @throws TypeError `unknown-option`, `invalid-option` */
export function checkRule(rule: FaultRule): void {
  checkOptions(rule, RULE, 'registry.fail');
  requireObject(rule, 'registry.fail', 'rule', ['fault']);
}

/** A rule at work. */
export interface ActiveFault {
  /** How often it has struck. */
  readonly hits: number;
  /** Ends it. */
  clear(): void;
}

/** A rule with its counters. */
export interface CountedRule {
  readonly rule: FaultRule;
  hits: number;
  passed: number;
}

/** The fault that strikes this request, counted; the oldest rule that applies wins. */
export function strike(rules: readonly CountedRule[], request: RequestRecord): Fault | undefined {
  for (const counted of rules) {
    const { rule } = counted;
    if (!matches(rule, request)) continue;
    if (counted.passed < (rule.skip ?? 0)) {
      counted.passed += 1;
      continue;
    }
    if (counted.hits >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
    counted.hits += 1;
    return rule.fault;
  }
  return undefined;
}

function matches({ route, path, beforeAccess = false }: FaultRule, request: RequestRecord): boolean {
  const reachable = request.authorized || beforeAccess || request.route === 'ping' || request.route === 'token';
  if (!reachable) return false;
  if (path !== undefined && !request.path.includes(path)) return false;
  return route === undefined || (typeof route === 'function' ? route(request) : route === request.route);
}
