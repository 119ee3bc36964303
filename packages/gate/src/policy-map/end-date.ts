const DAY = /^(\d{4}-\d{2}-\d{2})$/;
const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** The first moment at which an exception is over: a day holds to its end, in UTC. `undefined` for any other text. */
export function parseEnd(text: string): Date | undefined {
  const day = DAY.exec(text)?.[1] ?? TIME.exec(text)?.[1];
  // `2027-02-30` would become the second of March.
  if (day === undefined || !isDay(day)) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return undefined;
  return DAY.test(text) ? new Date(time.getTime() + 24 * 60 * 60 * 1000) : time;
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
