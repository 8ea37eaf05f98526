
"use strict";
{
  const form = document.forms[0];
  const missing = document.getElementById("missing");
  const read = () => {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) {
      form.elements.token.value = token;
      history.replaceState(null, "", location.pathname + location.search);
    }
    form.hidden = !form.elements.token.value;
    missing.hidden = !form.hidden;
  };
  addEventListener("hashchange", read);
  read();
}
