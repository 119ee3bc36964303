import { createCertificateAuthority } from '@sigtrail/testing';
import { bytes, data, GUARD, list, NOT_A_DOOR, options, takes, text, walkDoors } from './walk-doors.ts';
import * as certificates from '@sigtrail/fulcio-claims/certificate';
import * as extensions from '@sigtrail/fulcio-claims/extensions';
import * as entry from '@sigtrail/fulcio-claims';

const der = (await createCertificateAuthority()).chain[0] ?? new Uint8Array();
const certificate = certificates.parseCertificate(der);
const element = certificates.readDer(Uint8Array.of(2, 1, 1));
const octets = new Uint8Array(Buffer.from('040330013a', 'hex'));
const anElement = (hex: string): ReturnType<typeof takes> =>
  takes(certificates.readDer(new Uint8Array(Buffer.from(hex, 'hex'))), null, 42, 'text', {});
const what = takes('certificate', null, 42);

walkDoors({
  entries: [entry, extensions, certificates],
  isOurs: entry.isClaimsError,
  rows: {
    ClaimsError: NOT_A_DOOR,
    allowsKeyUsage: [data(certificate), takes(0)],
    assertOneSpelling: [data(element), what],
    basicConstraints: [data(certificate)],
    decodeCertificate: [takes(der, undefined, null, 42, {}, 'text', [])],
    decodeClaims: [list()],
    decodePemCertificates: [text('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
    decodeSignedCertificateTimestamps: [bytes(octets)],
    decodeSubjectAlternativeNames: [bytes(octets)],
    describeIdentity: [takes({}, undefined, null, 42, 'text', []), list(), options()],
    expectTag: [anElement('020101'), takes(2), what],
    extendedKeyUsages: [data(certificate)],
    findExtension: [data(certificate), text('2.5.29.17')],
    isClaimsError: GUARD,
    isSignedBy: [data(certificate), data(certificate)],
    malformed: [text('certificate'), text('why'), takes(undefined, null, 42)],
    parseCertificate: [bytes(der), options()],
    readChildren: [takes(element, undefined, null, 42, 'text', {}), what],
    readDer: [bytes(Uint8Array.of(2, 1, 1)), what],
    readObjectIdentifier: [anElement('0603550403'), what],
    readScts: [data(certificate)],
    readSctList: [bytes(octets)],
    readTime: [anElement('170d3236303130313030303030305a'), what],
    readUnsignedInteger: [anElement('020101'), what],
  },
});
