import { count, data, GUARD, NOT_A_DOOR, options, strict, takes, text, walkDoors } from './walk-doors.ts';
import * as entry from '@sigtrail/http';
import * as optionsEntry from '@sigtrail/http/options';

const http = entry.createHttp({ retries: 0 });
const url = 'http://127.0.0.1:1/';
const request = { url, maxBytes: 1, timeoutMs: 200 };
const space = takes('public', undefined, null, 42, 'nowhere');
const address = takes(url, undefined, null, 42, {}, []);
/** The code of a failure, where one is known. */
const reason = takes('ECONNREFUSED', null, 42, {});
const now = takes(0, null, 'text', Number.NaN);

walkDoors({
  entries: [entry, optionsEntry, { http }],
  isOurs: entry.isHttpError,
  rows: {
    HttpError: NOT_A_DOOR,
    addressSpace: [text('127.0.0.1')],
    checkHttpOptions: [options({}), text('door')],
    createHttp: [options()],
    fetchTransport: [options()],
    'http.close': NOT_A_DOOR,
    'http.request': [strict(request)],
    'http.stream': [strict(request)],
    isHeaderValue: [text('value')],
    isHttpError: GUARD,
    isLoopbackHost: [text('localhost')],
    isPemCertificate: [text('no certificate')],
    isUntrusted: GUARD,
    isWrongProtocol: GUARD,
    literalSpace: [text('127.0.0.1')],
    mayReach: [space, space],
    parseRetryAfter: [takes('5', null, 42, {}), now],
    proxyAdvice: [reason],
    proxyFromEnvironment: [takes({}, undefined, null, 42, 'text', [])],
    readRateLimit: [takes({}, undefined, null, 42, 'text', []), now],
    readWarnings: [takes({}, undefined, null, 42, 'text', [])],
    redactUrl: [address],
    selectProxy: [takes(url, undefined, null, 42, {}, 'text'), takes({}, undefined, null, 42, 'text', [])],
    startDeadline: [count(1), takes(undefined, null, 42, {}), takes(undefined, null, 42, {})],
    undiciTransport: [options()],
    wait: [takes(0, undefined, null, 'text', -1), data(entry.startDeadline(1000))],
  },
});
