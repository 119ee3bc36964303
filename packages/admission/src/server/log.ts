/** Writes what happened, one JSON object a line. Nothing in it is a secret: no header, no body, no credential reaches it. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields?: Readonly<Record<string, LogField>>,
) => void;

type LogField = string | number | boolean | undefined | readonly string[];

/** Control characters of strangers' text are escaped by JSON, so that a line stays one line. */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  return (level, event, fields = {}) => {
    write(`${JSON.stringify({ time: now().toISOString(), level, event, ...fields })}\n`);
  };
}
