// Shows the page that the address names.

import { h } from "./dom.js";
import { TEXTS } from "./texts.js";

const PAGES = {
  "sign-up": () => import("./sign-up.js"),
  "verify-email": () => import("./verify-email.js"),
  "reset-password": () => import("./reset-password.js"),
  "accept-invitation": () => import("./accept-invitation.js"),
  security: () => import("./security.js"),
};

document.documentElement.lang = TEXTS.lang;
document.documentElement.dir = TEXTS.dir;
document.getElementById("bar").append(h("p", { class: "brand" }, TEXTS.brand));
// A mailed link that is opened where this page is open already changes nothing but the fragment.
addEventListener("hashchange", () => location.hash.includes("token=") && show());
await show();

async function show() {
  const main = document.getElementById("main");
  const token = takeToken();
  try {
    const { render } = await PAGES[location.pathname.split("/").pop()]();
    render(main, token);
  } catch {
    main.replaceChildren(h("p", { class: "alert", role: "alert" }, TEXTS.unreachable));
  }
}

/** The mailed token of the fragment, which then leaves the address bar and the history. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return token;
}
