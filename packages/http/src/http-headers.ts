/** Header values by lower-case name, repeated headers kept apart. */
export type HttpHeaders = Readonly<Record<string, readonly string[]>>;
