/** Two seconds: where money moves or rights change. */
export declare const SENSITIVE: number;
/** Ten seconds: everywhere else. */
export declare const STANDARD: number;

export interface Claims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  client_id: string;
  sid: string;
  scope?: string;
  groups?: string[];
  [name: string]: unknown;
}

export type Checked =
  | { verdict: 'valid'; claims: Claims }
  /** 401: it is over, or was never good. */
  | { verdict: 'expired' | 'revoked' | 'stale' | 'invalid' }
  /** 503: nobody can say. `age` in milliseconds, `null` if nothing is known. */
  | { verdict: 'unknown'; age: number | null }
  /** 400: what came as a receipt is none. */
  | { verdict: 'malformed' };

export interface Options {
  issuer: string;
  audience: string;
  /** A host and a port: the internal listener of the authority. */
  authority: string;
  /** `cks_…`, which the authority has made. */
  credential: string;
  /** How old what is known may be, in milliseconds: ten seconds if nothing is said, and never more. */
  bears?: number;
  /** Told each time there is no stream, and why. */
  tells?: (why: string) => void;
}

export declare class Verifier {
  constructor(options: Options);
  check(token: string | undefined, options?: { bears?: number; receipt?: string }): Checked;
  /** How old what is known is, in milliseconds; `null`: nothing is. */
  readonly staleness: number | null;
  close(): void;
}
