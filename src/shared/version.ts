/** The version of this program. A test holds it to package.json. */
export const version = '0.2.0';
