/** The exit codes of the tool; 0 is success. */
export const exitCodes = { failure: 1, usage: 2, drift: 7 } as const;
