// Sessions of Signet for browsers. Options and results: client.d.ts.
const encoder = new TextEncoder();
const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const sha256 = async (text) => base64url(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const claimsOf = (token) => JSON.parse(decodeURIComponent(escape(
  atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")))));
const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export class SignetError extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? body.error_description ?? body.error ?? `HTTP ${status}`);
    Object.assign(this, { name: "SignetError", status, code: body.code ?? body.error, body });
  }
}

// A table in IndexedDB. Without IndexedDB the values live in this page.
function openStore(name) {
  const memory = new Map();
  let opened;
  const open = () => opened ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("values");
      request.onsuccess = () => {
        const database = request.result;
        if (memory.size) return database.close(); // too late: this page has a session of its own
        database.onclose = () => opened = undefined;
        database.onversionchange = () => { database.close(); opened = undefined; };
        resolve(opened = database);
      };
      request.onerror = () => resolve();
      // Chromium may never answer if the page before this one was left while it created the database.
      setTimeout(resolve, 5e3);
    } catch {
      resolve();
    }
  });
  return {
    isShared: async () => !!await open(),
    // Replaces the value by `change(value)` in one transaction, and returns the result.
    async update(key, change = (value) => value) {
      const database = await open();
      if (!database) {
        const result = change(memory.get(key));
        if (result === undefined) memory.delete(key);
        else memory.set(key, result);
        return result;
      }
      return new Promise((resolve, reject) => {
        const transaction = database.transaction("values", "readwrite");
        const values = transaction.objectStore("values");
        const request = values.get(key);
        let result;
        request.onsuccess = () => {
          result = change(request.result);
          if (result === undefined) values.delete(key);
          else if (result !== request.result) values.put(result, key);
        };
        transaction.oncomplete = () => resolve(result);
        transaction.onabort = () => reject(transaction.error);
      });
    },
  };
}

// The members of a JSON response; none for another body, such as that of a proxy.
const bodyOf = async (response) => {
  const text = await response.text();
  try { return JSON.parse(text); } catch { return {}; }
};
const accepted = async (response) => {
  const body = await bodyOf(response);
  if (response.ok) return body;
  throw new SignetError(response.status, body);
};
// An error without a response, which has the status 0.
const failure = (error, error_description) => new SignetError(0, { error, error_description });

// The members of RFC 7638 §3, in its order.
const publicJwk = async ({ publicKey }) => {
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return { crv, kty, x, y };
};

// Sends requests with proofs, and knows the nonces and the clock of the servers.
function createSender(issuer, byCookie) {
  const nonces = {};
  let clockOffset = 0; // milliseconds by which the issuer's clock is ahead

  // RFC 9449 §4.2
  const proof = async (keys, method, url, token) => {
    const { origin, pathname } = new URL(url);
    const parts = [{ typ: "dpop+jwt", alg: "ES256", jwk: await publicJwk(keys) }, {
      jti: random(), htm: method, htu: origin + pathname,
      iat: Math.floor((Date.now() + clockOffset) / 1e3),
      nonce: nonces[origin], ath: token && await sha256(token),
    }];
    const text = parts.map((part) => base64url(encoder.encode(JSON.stringify(part)))).join(".");
    const signature = await crypto.subtle.sign(ES256, keys.privateKey, encoder.encode(text));
    return `${text}.${base64url(signature)}`;
  };

  const send = async (request) => {
    const response = await fetch(request);
    const nonce = response.headers.get("DPoP-Nonce");
    if (nonce) nonces[new URL(request.url).origin] = nonce;
    const date = Date.parse(response.headers.get("Date"));
    if (date && request.url.startsWith(`${issuer}/`)) clockOffset = date - Date.now();
    return response;
  };

  const post = async (path, body, keys, retried) => {
    const url = issuer + path;
    const headers = keys ? { DPoP: await proof(keys, "POST", url) } : {};
    const response = await send(new Request(url, {
      method: "POST", headers, credentials: byCookie ? "include" : "omit",
      body: body instanceof URLSearchParams ? body : new Blob([JSON.stringify(body)], { type: "application/json" }),
      signal: AbortSignal.timeout(3e4), // a request without a response must not hold the lock of the tabs
    }));
    return accepted(response).catch((error) => {
      if (error.code === "use_dpop_nonce" && !retried) return post(path, body, keys, true);
      throw error;
    });
  };

  return { proof, send, post };
}

export function createClient({ issuer, clientId, transport = "dpop", redirectUri, scope, apis = [] } = {}) {
  for (const [option, isValid] of Object.entries({
    issuer, clientId, transport: /^(dpop|bearer|cookie)$/.test(transport),
  })) if (!isValid) throw new TypeError(`Invalid ${option}`);
  issuer = issuer.replace(/\/$/, "");
  const name = `signet ${issuer} ${clientId}`;
  const byCookie = transport === "cookie";
  const store = openStore(name);
  const stored = () => store.update("session");
  const listeners = {};
  const { proof, send, post } = createSender(issuer, byCookie);
  let access; // { id, token, type, user, keys, lifetime, wall, monotonic }; valid only while its session is stored
  let refreshing;
  let channel;
  let isShared; // whether other tabs have the same session

  // An error of a listener is its own.
  const emit = (event, value) => listeners[event]?.forEach((listener) => queueMicrotask(() => listener(value)));

  // The monotonic clock may stop while the machine sleeps, and the wall clock may be set back.
  const age = ({ wall, monotonic }) => Math.max(Date.now() - wall, performance.now() - monotonic);
  const clocks = () => ({ wall: Date.now(), monotonic: performance.now() });
  const isFresh = (held) => held && held.id === access?.id &&
    age(access) < access.lifetime - Math.min(30e3, access.lifetime / 4);

  // Other tabs get the tokens of this one, and messages of popups.
  const connect = async () => {
    isShared = await store.isShared();
    if (channel || !globalThis.BroadcastChannel) return;
    channel = new BroadcastChannel(name);
    channel.unref?.(); // Node waits for open channels
    channel.onmessage = async ({ data: { popup, url, next, reason } }) => {
      if (popup) return emit(popup, url);
      // A message of a slow tab, or to a tab that was frozen, may be late: the stored session decides.
      const held = isShared && await stored();
      if (isShared && held?.jti === next?.user.jti) {
        setAccess(next && { ...next, keys: held.keys, monotonic: performance.now() }, reason);
      }
    };
  };
  const share = (reason) => isShared && channel?.postMessage({
    reason,
    next: access && { ...access, keys: undefined, lifetime: access.lifetime - age(access), wall: Date.now() },
  });

  const setAccess = (next, reason = "logout") => {
    const before = access?.id;
    access = next;
    if (next) emit(next.id === before ? "refresh" : "login", next.user);
    else if (before) emit("logout", reason);
  };

  // Each session has a key of its own, which is stored and forgotten with it.
  const newKeys = () => transport === "dpop" ? crypto.subtle.generateKey(ES256, false, ["sign", "verify"]) : undefined;

  // Keeps the tokens of a response and the key to which they are bound, if they may replace the stored session.
  const storeSession = async (answer, at, keys, mayReplace = () => true) => {
    const { access_token: token, token_type: type, expires_in, refresh_token: refresh } = answer;
    const user = byCookie ? await session() : claimsOf(token);
    if (!user) throw failure("cookies_blocked");
    const { sid: id, jti } = user;
    const kept = await store.update("session", (held) =>
      mayReplace(held, id) ? { id, jti, refresh, keys } : held);
    if (kept?.jti !== jti) return undefined;
    setAccess({ id, user, token, type, keys, lifetime: expires_in * 1e3, ...at });
    share();
    return user;
  };
  const begin = async (path, body, keys) => {
    await connect();
    const at = clocks();
    keys ??= await newKeys();
    return storeSession(await post(path, body, keys), at, keys);
  };

  const clearSession = async (isForgotten, reason) => {
    const left = await store.update("session", (held) => held && isForgotten(held) ? undefined : held);
    if (left) return left;
    setAccess(undefined, reason);
    share(reason);
  };

  // One tab refreshes at a time, so that the others can use its tokens. Tabs that do not wait get tokens as well.
  const withTabLock = async (work, wait = 5e3) => {
    let started;
    const begun = () => { started = true; return work(); };
    try {
      const { locks } = globalThis.navigator ?? {};
      return await (locks ? locks.request(name, { signal: AbortSignal.timeout(wait) }, begun) : begun());
    } catch (error) {
      if (started) throw error;
      return work(wait < 3e4);
    }
  };

  const refreshOnce = async (refused, isWithoutLock) => {
    const held = await stored();
    // Cookies are refreshed by the service, which alone can read them.
    if (!byCookie && !held) return setAccess(undefined);
    if (!byCookie && isFresh(held) && access.token !== refused) return;
    const at = clocks();
    const keys = held?.keys ?? await newKeys();
    // Other tabs may have stored newer tokens, those of a new password or of another login. They stay, and are used.
    const isSame = (now) => now?.id === held?.id && now?.refresh === held?.refresh;
    try {
      const answer = await post("/refresh", byCookie ? {} : { refresh_token: held.refresh, client_id: clientId }, keys);
      if (byCookie || await storeSession(answer, at, keys, isSame)) return;
    } catch (error) {
      const { code } = error;
      if (code !== "invalid_grant") throw error;
      // The tab with the lock may still wait for the tokens of a new password, which have ended these.
      if (isWithoutLock) return withTabLock(() => refreshOnce(refused), 3e4);
      if (!await clearSession(isSame, code)) return;
    }
    await refreshOnce(refused);
  };
  const refresh = (refused) => refreshing ??=
    connect().then(() => withTabLock((isWithoutLock) => refreshOnce(refused, isWithoutLock))).finally(() => refreshing = undefined);
  const valid = async () => {
    if (!byCookie && !isFresh(await stored())) await refresh();
    return access;
  };

  const session = async () => {
    const response = await send(new Request(`${issuer}/session`, { credentials: "include" }));
    if (response.status !== 401) return accepted(response);
  };

  const pendingKey = (state) => name + state;
  const pendingOf = (state) => JSON.parse(sessionStorage.getItem(pendingKey(state)));
  const authorizationUrl = async ({ redirectUri: target = redirectUri, appState, popup, ...others } = {}) => {
    // Chromium may block the database for the next page if this one is left while it creates the database.
    await connect();
    const [state, verifier] = [random(), random()];
    sessionStorage.setItem(pendingKey(state), JSON.stringify({ verifier, target, appState, popup }));
    const parameters = {
      scope, ...others, response_type: "code", client_id: clientId, redirect_uri: target, state,
      ...!byCookie && { code_challenge: await sha256(verifier), code_challenge_method: "S256" },
    };
    const keys = isShared && await newKeys();
    if (keys) {
      parameters.dpop_jkt = await sha256(JSON.stringify(await publicJwk(keys)));
      // This page is left, so the key waits for the code. Those of logins that were given up are dropped in the end.
      await store.update("logins", (held = []) => [{ state, keys }, ...held].slice(0, 20));
    }
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
    return { state, url: `${issuer}/authorize?${query}` };
  };

  const redeem = async ({ state, error, code, iss, ...others }) => {
    const { verifier, target, appState } = pendingOf(state);
    sessionStorage.removeItem(pendingKey(state));
    // Takes the key to which the code is bound out of the store.
    let keys;
    await store.update("logins", (held) => held?.filter((login) => login.state !== state || !({ keys } = login)));
    if (error) throw new SignetError(0, { error, ...others });
    if (iss !== issuer) throw failure("invalid_issuer", iss);
    const user = await begin(...byCookie ? ["/refresh", {}] : ["/token", new URLSearchParams({
      grant_type: "authorization_code", client_id: clientId, redirect_uri: target, code, code_verifier: verifier,
    }), keys]);
    return { type: "login", user, appState };
  };

  const client = {
    login: ({ email, password, scope: asked = scope }) =>
      begin("/login", { email, password, client_id: clientId, scope: asked }),

    async loginWithLink({ email, scope: asked = scope }) {
      const verifier = await store.update("link", (held) => held ?? random());
      await post("/login/link", { email, code_challenge: await sha256(verifier), client_id: clientId, scope: asked });
    },

    async loginRedirect(options) {
      location.assign((await authorizationUrl(options)).url);
    },

    async loginPopup({ signal, ...options } = {}) {
      // Browsers open a popup only at once after a click.
      const popup = open("", "", "popup,width=480,height=640");
      if (!popup) throw failure("popup_blocked");
      const { state, url } = await authorizationUrl({ ...options, popup: true });
      signal?.throwIfAborted();
      popup.sessionStorage.setItem(pendingKey(state), sessionStorage.getItem(pendingKey(state)));
      popup.location = url;
      let stop;
      const answer = await new Promise((resolve, reject) => {
        stop = client.on(state, resolve);
        signal?.addEventListener("abort", () => reject(signal.reason));
      }).finally(() => stop());
      return redeem(Object.fromEntries(new URL(answer).searchParams));
    },

    async handleRedirect(url = location.href) {
      const page = new URL(url);
      const { searchParams, pathname, hash } = page;
      const answer = Object.fromEntries(searchParams);
      const pending = answer.state && pendingOf(answer.state);
      const token = new URLSearchParams(hash.slice(1)).get("token");
      // A response without its request, as after the Back button, is of no use.
      if (!pending && !token && answer.iss !== issuer) return undefined;
      if (pending?.popup) {
        await connect();
        channel?.postMessage({ popup: answer.state, url });
        close();
        return { type: "popup" };
      }
      // The parameters of the application stay.
      for (const name in answer) if (/^(code|state|iss|error.*)$/.test(name)) searchParams.delete(name);
      if (token) page.hash = "";
      history.replaceState(history.state, "", page);
      if (pending) return redeem(answer);
      if (!token) return undefined;
      if (!pathname.endsWith("login/link/confirm")) return { type: pathname.split("/").at(-2), token };
      const verifier = await store.update("link");
      const user = await begin("/login/link/confirm", { token, code_verifier: verifier ?? random() });
      await store.update("link", () => undefined);
      return { type: "login", user };
    },

    signUp: ({ token, password, email, name: called }) => token
      ? begin("/signup/confirm", { token, password })
      : post("/signup", { email, name: called, client_id: clientId }).then(() => undefined),

    async logout({ redirectUri: target } = {}) {
      if (byCookie) await post("/logout", {});
      await connect();
      await clearSession(() => true);
      if (target) {
        const query = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: target });
        location.assign(`${issuer}/end-session?${query}`);
      }
    },

    async logoutEverywhere() {
      const used = access ?? await valid();
      await accepted(await client.fetch(`${issuer}/logout/everywhere`, { method: "POST" }));
      await clearSession(({ id }) => byCookie || id === used?.id);
    },

    async fetch(input, init) {
      const request = new Request(input, init);
      const { origin } = new URL(request.url);
      if (![globalThis.location?.origin, new URL(issuer).origin, ...apis].includes(origin)) {
        throw new TypeError(`Add ${origin} to apis`);
      }
      const isOurs = request.url.startsWith(`${issuer}/`);
      let id = access?.id;
      let response;
      for (;;) {
        const used = await valid();
        id ??= used?.id;
        // A request that was made for one session is never sent for another.
        if (used?.id !== id) {
          if (response) return response;
          if (used) throw failure("session_changed");
        }
        const repeated = response;
        const copy = new Request(request.clone(), byCookie ? { credentials: "include" } : {});
        if (used?.token) {
          const { token, type, keys } = used;
          copy.headers.set("Authorization", `${type} ${token}`);
          if (keys && (isOurs || type === "DPoP")) copy.headers.set("DPoP", await proof(keys, copy.method, copy.url, token));
        }
        const at = clocks();
        const changesAccount = isOurs && used && copy.method !== "GET";
        // A new password and the like end the other sessions, and bring new tokens for this one. A tab that refreshes
        // meanwhile would be refused, and end the session.
        const exchange = async () => {
          response = await send(copy);
          const answer = changesAccount && response.ok && await bodyOf(response.clone());
          if (answer?.refresh_token) await storeSession(answer, at, used.keys, (held, next) => held?.id === id && next === id);
        };
        await (changesAccount ? withTabLock(exchange) : exchange());
        const isRefused = response.status === 401;
        if (!repeated && (isRefused || (isOurs && !response.ok)) && response.headers.has("DPoP-Nonce")) continue;
        if (!repeated && isRefused && (used || byCookie)) {
          await refresh(used?.token);
          if (byCookie) await client.user();
          continue;
        }
        return response;
      }
    },

    token: async () => (await valid())?.token,

    async user() {
      if (byCookie) {
        const user = await session();
        access = user && { id: user.sid, user, lifetime: 0, ...clocks() };
        return user;
      }
      return (await valid())?.user;
    },

    on(event, listener) {
      connect();
      (listeners[event] ??= new Set()).add(listener);
      return () => listeners[event].delete(listener);
    },
  };
  return client;
}
