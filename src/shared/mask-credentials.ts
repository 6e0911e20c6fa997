/** Credentials inside text: in URLs, connection strings, command lines and headers. */

/**
 * What replaces a secret. It names who masked it, so that a reader does not take it for a value of the job, and it is
 * recognized when a client sends it back as a value.
 */
export const mask = '***masked-by-batch-mcp***';

/** Whether a text contains a mask of this program. */
export const isMasked = (text: string): boolean => text.includes('masked-by-batch-mcp');

// `scheme://user:password@host`, and a token alone before the `@`. A password may contain `?` and `#`, a token may not.
const userinfo = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)(?:[^\s/@:"'<>]*:[^\s/"'<>]*|[^\s/?#@"'<>]+)@/gi;

// Parameters of presigned URLs (COS, S3, Azure SAS, Google) and their like, keys of connection strings, options and
// assignments on a command line. The lengths are bounded, so that no text takes more than linear time.
const credentialName = `(?:${[
  'sig|sign|jwt|sharedaccesssignature',
  '(?:x-(?:amz|cos|goog|oss|tos|obs)-|q-)?signature',
  '(?:x-(?:amz|cos|goog|oss)-)?security-token',
  '[a-z0-9_-]{0,40}(?:token|secret|password|passwd|pwd|passphrase|credentials?|_pat)',
  '[a-z0-9_-]{0,40}(?:api|access|account|private|secret|shared|signing)[_-]?key',
].join('|')})`;
// What the shell fills in (`$NAME`) is a reference, and no credential.
const value = `("[^"$]+"|'[^'$]+'|[^\\s&;"'\`$)<>]+)`;

/** How a name and its value are written. The groups are what is before the value, the name, and the value. */
const formsOf = (name: string, flags: string): readonly RegExp[] =>
  [
    `((?:^|[?&#;,:={[|\\s"'\`(]|--?)(${name})=)${value}`,
    // A line of a configuration file, `password: hunter2` or `password = "x"`, where nothing but a comment follows.
    // Another word behind it makes it a sentence.
    `(^[ \\t]{0,80}(?:- )?(${name})[ \\t]{0,9}[:=][ \\t]{0,9})${value}(?=[ \\t]{1,80}#|[ \\t\\r]*$)`,
    `(--(${name})[ \\t]+)(?!-)${value}`,
    // A member of a JSON text.
    `(["'](${name})["']\\s*:\\s*)("[^"$]+"|'[^'$]+')`,
    // The same inside a text in quotation marks: `"{\"password\":\"hunter2\"}"`.
    `(\\\\"(${name})\\\\"\\s*:\\s*\\\\")([^"\\\\$]+)`,
  ].map((form) => new RegExp(form, flags));

const credentialForms = formsOf(credentialName, 'gim');
// `DB_PASS=hunter2`. In lower case it is often a count: `tests_pass=12`.
const passForms = formsOf('[A-Z][A-Z0-9_]{0,40}_PASS', 'gm');

// `Authorization: Basic …`, and a bearer token wherever it is; an ordinary word after `bearer` is no token.
const authorization =
  /(\bauthorization["']?\s*[:=]\s*["']?(?:basic|digest|token|negotiate)\s+|\bbearer\s+(?=\S*\d|\S{16}))([a-z0-9._~+/=-]{6,})/gi;

// Tokens that are recognized by their form: GitHub, GitLab, Slack, Hugging Face, npm, Google, `sk-…`, and JWTs.
const knownToken =
  /\b(?:gh[oprsu]_[a-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|xox[abeoprs]-[\w-]{10,255}|hf_[a-z0-9]{20,64}|npm_[a-z0-9]{30,64}|AIza[\w-]{35}|sk-[\w-]{32,255}|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000})/gi;

// Without a dash inside, so that a text of many beginnings takes linear time.
// The end of the text ends it as well: the API cuts logs.
const privateKey =
  /(-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----)[A-Za-z0-9+/=\s\\]{1,20000}(?=-----END |$)/g;

// Credentials in the short options of well-known programs, and in the headers that a command line sets.
const commandLine: readonly RegExp[] = [
  /(\bcurl\b[^\n|;&]{0,300}?\s(?:-u|--user|--proxy-user|-U)[ =]?["']?[^\s:"'$]{1,100}:)([^\s"'$]+)/g,
  /((?:\s-H|--header)[ =]?["']?(?:[\w-]{0,40}(?:key|token|secret|password)|cookie)\s*:\s*)([^"'\n$]+)/gi,
  /(\bsshpass\s+-p\s*["']?)([^\s"'$]+)/g,
  /(\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{0,300}?\s-p["']?)([^\s"'$-][^\s"'$]*)/g,
  /(\b(?:docker|podman|helm|az|oras)\b[^\n|;&]{0,200}?\blogin\b[^\n|;&]{0,200}?\s-p[ =]?["']?)([^\s"'$-][^\s"'$]*)/g,
  /(\bmachine\s+\S{1,253}\s+login\s+\S{1,253}\s+password\s+)([^\s"'$]+)/g,
  /(\bredis-cli\b[^\n|;&]{0,300}?\s-a[ =]?["']?)([^\s"'$-][^\s"'$]*)/g,
  /(\s-pass(?:in|out)?\s+["']?pass:)([^\s"'$]+)/g,
];

// Every form but that of a known token separates the credential from what announces it by one of these. The names, ids
// and times of an answer have none, so most strings are checked for known tokens only.
const separator = /[\s=@"']|[a-z]:/i;

/**
 * Masks the credentials that URLs, connection strings, options and headers in a text carry.
 * Names stay, so that a reader sees what is there. Masking a masked text changes nothing.
 */
export const maskCredentials = (text: string): string =>
  separator.test(text) ? withoutCredentials(text) : text.replace(knownToken, mask);

const withoutCredentials = (text: string): string => {
  const masked = commandLine
    .reduce((current, pattern) => current.replace(pattern, maskedValue), text)
    .replace(privateKey, `$1\n${mask}\n`)
    .replace(knownToken, mask)
    .replace(userinfo, `$1${mask}@`);
  const forms = masked.includes('_PASS') ? [...credentialForms, ...passForms] : credentialForms;
  return forms
    .reduce((current, form) => current.replace(form, maskedAssignment), masked)
    .replace(authorization, (_, scheme: string) => `${scheme}${mask}`);
};

const maskedValue = (whole: string, before: string, secret: string): string =>
  isMasked(secret) ? whole : `${before}${mask}`;

/**
 * `ClientToken` is an idempotency key: needed to continue, and worth nothing to anyone else. `PWD` is the working
 * directory in the environment of every shell; behind a semicolon it is the password of a connection string.
 */
const maskedAssignment = (whole: string, before: string, name: string, secret: string): string => {
  if (isMasked(secret) || /^client[_-]?token$/i.test(name)) return whole;
  if (/^(?:OLD)?PWD$/.test(name) && /^["']?\//.test(secret) && !before.startsWith(';')) return whole;
  // `use_secret: false` says whether there is one.
  if (/^(?:true|false|null|none|undefined)$/i.test(secret)) return whole;
  const quote = /^["']/.exec(secret)?.[0] ?? '';
  return `${before}${quote}${mask}${quote}`;
};
