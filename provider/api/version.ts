/** The package's version, for the `User-Agent` header; a test compares it with `package.json`. */
export const version = "0.1.0";
