/** How a client holds its session: the value `transport` of the client in the configuration, and whether refresh
 *  tokens are bound to a key (DPoP, RFC 9449). */
export type Transport = "dpop" | "bearer" | "cookie";

export interface Options {
  /** The URL of the service, its `issuer`. */
  issuer: string;
  /** The `client_id` in the configuration of the service. */
  clientId: string;
  /** Default: `"dpop"`. `"cookie"` is for the client with `transport = "cookie"`. */
  transport?: Transport;
  /** The page that calls `handleRedirect`; one of the `redirect_uris` of the client. */
  redirectUri?: string;
  /** The scopes to request, separated by spaces. Default: those of the client. */
  scope?: string;
  /** The origins besides this page's and the issuer's to which `fetch` sends tokens. */
  apis?: string[];
}

/** The claims of the access token. */
export interface User {
  sub: string;
  sid: string;
  email?: string;
  name?: string;
  roles?: string[];
  [claim: string]: unknown;
}

/** Parameters of the authorization endpoint. Names that are not listed are sent as they are. */
export interface AuthorizationOptions {
  redirectUri?: string;
  scope?: string;
  /** The `id` of a provider, which skips the login page. */
  provider?: string;
  prompt?: string;
  max_age?: string | number;
  login_hint?: string;
  ui_locales?: string;
  /** Any value that JSON can hold. `handleRedirect` returns it. */
  appState?: unknown;
  [parameter: string]: unknown;
}

export type RedirectResult =
  | { type: "login"; user: User; appState?: unknown }
  /** This page is a popup, and its opener has the result. */
  | { type: "popup" }
  /** A mailed link: `"signup"`, `"password"` or `"email"`. The routes of the HTTP API take its token. */
  | { type: "signup" | "password" | "email"; token: string };

/** A refused request. `status` is 0 if the authorization endpoint refused it, or if this client did, with the code
 *  `session_changed` (see `fetch`), `popup_blocked` (the browser opened no popup: call `loginPopup` at once after a
 *  click), `invalid_issuer` (the response is of another issuer, which the message names) or `cookies_blocked` (the
 *  browser blocks the cookies of the issuer). */
export class SignetError extends Error {
  status: number;
  /** The `code` of the problem, or the `error` of OAuth. */
  code?: string;
  /** The members of the answer. */
  body: { [member: string]: unknown };
}

export interface Client {
  /** Logs in with a password. */
  login(credentials: { email: string; password: string; scope?: string }): Promise<User>;
  /** Mails a login link. The link works in this browser. */
  loginWithLink(options: { email: string; scope?: string }): Promise<void>;
  /** Leaves this page for the login page. */
  loginRedirect(options?: AuthorizationOptions): Promise<void>;
  /** Opens the login page in a popup; call it at once after a click. A user who closes the popup is not noticed, so
   *  offer to cancel by `signal`. */
  loginPopup(options?: AuthorizationOptions & { signal?: AbortSignal }): Promise<{ type: "login"; user: User; appState?: unknown }>;
  /** Completes what led to this page: a login, or a mailed link. Returns undefined on any other page. */
  handleRedirect(url?: string): Promise<RedirectResult | undefined>;
  /** Mails a sign-up link; with the token of that link, creates the user and logs in. */
  signUp(options: { email: string; name?: string }): Promise<void>;
  signUp(options: { token: string; password: string }): Promise<User>;
  /** Ends the session of this browser, also that of another user, and forgets its key. The session at the issuer
   *  stays, unless `redirectUri` is set: it ends that session too, and leaves this page. It must be one of the
   *  `post_logout_redirect_uris` of the client: for another, the issuer shows an error and does not return. */
  logout(options?: { redirectUri?: string }): Promise<void>;
  /** Ends every session of the user. Fails as `fetch` does if another login has replaced the session. */
  logoutEverywhere(): Promise<void>;
  /** As the global `fetch`, with the token of the session. A response 401 is tried again once, with a new token of the
   *  same session. If another login has replaced the session since the call, no request is sent with the new token: the
   *  call fails with `session_changed`, or returns the first response. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** A valid access token; undefined without a session, and with cookies. Fails if the service cannot be reached,
   *  which does not end the session. */
  token(): Promise<string | undefined>;
  /** The user, or undefined without a session. */
  user(): Promise<User | undefined>;
  /** Calls the listener until the returned function is called. */
  on(event: "login" | "refresh", listener: (user: User) => void): () => void;
  on(event: "logout", listener: (reason: "logout" | "invalid_grant") => void): () => void;
}

export function createClient(options: Options): Client;
