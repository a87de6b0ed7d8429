/** Nobody is signed in (any more): show the way in. */
export declare class SignedOut extends Error {
  readonly name: 'SignedOut';
}

/** It cannot be said who is signed in: the server does not answer, or asks to wait. Nobody is signed out by this. */
export declare class Unavailable extends Error {
  readonly name: 'Unavailable';
  /** In so many seconds it is worth another try. */
  readonly retryAfter: number;
}

export interface Options {
  /** Where a page renews its token. Of this origin, always. */
  readonly tokenPath?: string;
  /** Where a page signs out. */
  readonly signOutPath?: string;
  /** Other origins that get the token too, each to the letter: `https://api.example`. */
  readonly sendTo?: readonly string[];
}

/** The tokens of whoever is signed in. One for a page: `const tokens = new Tokens()`. */
export declare class Tokens {
  constructor(options?: Options);

  /** An access token that is good for a while yet. All tabs of this origin share it, and one of them renews. */
  token(): Promise<string>;

  /**
   * `fetch` with the token, to this origin and those of `sendTo`, and to no other. When the answer is 401 the token is renewed, and a
   * request that can be sent again is, once.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;

  /** Signs out, here and in every tab. */
  signOut(): Promise<void>;

  /** Called when somebody has signed out, in whichever tab. Answers how to stop being called. */
  onSignedOut(listener: () => void): () => void;

  /** Lets go of the other tabs. */
  close(): void;
}
