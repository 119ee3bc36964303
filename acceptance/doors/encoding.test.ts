import { bytes, json, list, NOT_A_DOOR, options, strict, takes, text, walkDoors, GUARD } from './walk-doors.ts';
import * as entry from '@sigtrail/encoding';
import * as commonJs from '@sigtrail/encoding/common-js';
import * as documents from '@sigtrail/encoding/documents';

const nothing = [undefined, null, 42, {}];
const fault = (path: string, why: string): Error => new Error(`${path}: ${why}`);

walkDoors({
  entries: [entry, commonJs, documents],
  isOurs: entry.isEncodingError,
  rows: {
    EncodingError: NOT_A_DOOR,
    checkOptions: [strict({}), takes({}), takes('door')],
    counted: NOT_A_DOOR,
    createGate: NOT_A_DOOR,
    decodeBase64: [text('AA==')],
    decodeBase64At: [text('AA=='), takes('path', ...nothing), takes(fault, ...nothing)],
    decodeBase64Lines: [text('AA==')],
    decodeHex: [text('00')],
    encodeBase64: [bytes()],
    encodeHex: [bytes()],
    expecting: [takes('a number'), takes(() => true)],
    foldKey: [text('key')],
    formatMemberPath: [takes(['a', 0], ...nothing)],
    inTime: NOT_A_DOOR,
    isEncodingError: GUARD,
    isHexOf: [text('00'), bytes(new Uint8Array(1))],
    namesOfCommonJs: NOT_A_DOOR,
    optionError: NOT_A_DOOR,
    parseJsonStrict: [json('{}'), options({})],
    readTimeRange: [
      takes({ start: '2026-01-01T00:00:00Z' }, ...nothing),
      takes('path', ...nothing),
      takes(fault, ...nothing),
    ],
    requireBytes: [takes(new Uint8Array(1), ...nothing), takes('door'), takes('name')],
    requireDocument: [takes('text', ...nothing), takes('door'), takes('name')],
    requireFunction: [takes(() => 1, ...nothing), takes('door'), takes('name')],
    requireList: [takes([], ...nothing), takes('door'), takes('name')],
    visibleText: [text('a')],
    requireObject: [takes({}, undefined, null, 42, []), takes('door'), takes('name')],
    requireText: [takes('text', ...nothing), takes('door'), takes('name')],
    sameBytes: [bytes(), bytes()],
    splitJsonLines: [text('{}')],
    suggestName: [text('nmae'), list(['name'])],
    withoutLineBreaks: [text('AA==')],
  },
});
