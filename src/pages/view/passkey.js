
"use strict";
// A template of the operator may lack the place.
const place = document.getElementById("passkey");
const button = place?.querySelector("button");
const texts = place?.dataset;
const say = (text, isFlaw) => {
  const status = place.querySelector("[role=status]");
  status.className = isFlaw ? "flaw" : "small";
  status.textContent = text;
};

// Bytes are base64url in JSON (WebAuthn §5.1). Browsers had passkeys before they had functions for this.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (it) => it.charCodeAt(0));
const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const withBytes = (entity) => entity && { ...entity, id: bytes(entity.id) };
const decoded = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: withBytes(options.user),
  allowCredentials: options.allowCredentials?.map(withBytes),
  excludeCredentials: options.excludeCredentials?.map(withBytes),
});
const encoded = ({ id, type, response }) => {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const binary = names.filter((name) => response[name]).map((name) => [name, base64url(response[name])]);
  const transports = response.getTransports?.();
  return JSON.stringify({ id, rawId: id, type, response: { ...Object.fromEntries(binary), transports } });
};

// Posts the answer of the authenticator to the action of the form, with the hidden fields of the form.
const submit = (challenge, credential) => {
  const form = document.forms[0].cloneNode();
  const kept = [...document.forms[0].querySelectorAll("[type=hidden]")].map(({ name, value }) => [name, value]);
  for (const [name, value] of [...kept, ["by", "passkey"], ["challenge", challenge], ["credential", encoded(credential)]]) {
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", name, value];
    form.append(field);
  }
  document.body.append(form);
  form.submit();
};

// Runs the ceremony of the button.
const onPress = (ceremony) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    say(texts.waiting);
    try {
      await ceremony();
    } catch (error) {
      const isCanceled = ["NotAllowedError", "AbortError"].includes(error.name);
      const isKnown = error.name === "InvalidStateError" && texts.exists;
      say(isKnown || (isCanceled ? texts.canceled : texts.failed), true);
    }
    button.disabled = false;
  });
};
