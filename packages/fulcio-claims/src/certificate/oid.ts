/** Object identifiers of the extensions and purposes that verification reads. */
export const OID: Readonly<
  Record<
    | 'basicConstraints'
    | 'keyUsage'
    | 'extendedKeyUsage'
    | 'subjectAlternativeName'
    | 'sct'
    | 'codeSigning'
    | 'timeStamping'
    | 'nameConstraints',
    string
  >
> = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAlternativeName: '2.5.29.17',
  nameConstraints: '2.5.29.30',
  sct: '1.3.6.1.4.1.11129.2.4.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
};
