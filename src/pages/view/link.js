
"use strict";
{
  const form = document.forms[0];
  const missing = document.getElementById("missing");
  const read = () => {
    const parameters = new URLSearchParams(location.hash.slice(1));
    const token = parameters.get("token");
    if (token) {
      form.elements.token.value = token;
      if (form.elements.email) form.elements.email.value = parameters.get("email") ?? "";
      history.replaceState(null, "", location.pathname + location.search);
    }
    form.hidden = !form.elements.token.value;
    missing.hidden = !form.hidden;
  };
  addEventListener("hashchange", read);
  read();
}
