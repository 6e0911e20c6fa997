/** Credentials in a form that can be shown. */
import type { ResolvedCredentials } from './source.ts';

/** The first four and the last four characters: enough to recognise an id, not enough to use it. */
export const maskedId = (secretId: string): string =>
  secretId.length > 12 ? `${secretId.slice(0, 4)}…${secretId.slice(-4)}` : `${secretId.slice(0, 2)}…`;

export interface SourceDescription {
  readonly source: string;
  readonly where: string;
  readonly secretId: string;
  readonly kind: 'temporary' | 'permanent';
  /** ISO time, UTC. */
  readonly expires?: string;
}

/** Contains neither key nor token, and the id only masked. */
export const describeSource = ({
  source,
  where,
  credential,
  expiresAt,
}: ResolvedCredentials): SourceDescription => ({
  source,
  where,
  secretId: maskedId(credential.secretId),
  kind: credential.token === undefined ? 'permanent' : 'temporary',
  ...(expiresAt === undefined ? {} : { expires: new Date(expiresAt).toISOString() }),
});
