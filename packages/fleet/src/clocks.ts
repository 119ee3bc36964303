/** The clocks of two machines of a fleet differ by less. */
export const CLOCKS_DIFFER_MS = 300_000;
