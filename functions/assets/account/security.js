// The user's security page: signs in and out, and shows the parts of the page to whoever is signed in.

import { stopAsking } from "./ask.js";
import { card, h, links, paragraphs, turnTo } from "./dom.js";
import { emailPart } from "./email.js";
import { erasePart } from "./erase.js";
import { factorsPart } from "./factors.js";
import { login, password } from "./fields.js";
import { form } from "./form.js";
import { passkeyButton } from "./passkey.js";
import { passwordPart } from "./password.js";
import { WAYS, proofForm } from "./proof.js";
import { recoveryCodes } from "./recovery.js";
import { answer, forget, isOpen, send, signIn, signInWithPasskey, signOut } from "./session.js";
import { sessionsPart } from "./sessions.js";
import { TEXTS } from "./texts.js";

const { session: texts, account, recovery } = TEXTS;
let me = null;
let place = null;
let noticed = () => {}; // The user may have opened a mailed link in another tab meanwhile.

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && me && noticed());

// A page that the browser kept has no session any more.
addEventListener("pageshow", (event) => event.persisted && place && !isOpen() && showSignIn(place, ""));

export function render(main) {
  if (isOpen()) signOut().catch(() => {});
  place = main;
  showSignIn(main, "", true);
}

function showSignIn(main, message, isFirst = false) {
  me = null;
  stopAsking();
  showBar(main);
  const withPasskey = async () => {
    await signInWithPasskey(onEnd(main));
    await showAccount(main).catch(giveUp);
  };
  const passkey = passkeyButton(texts.passkey, () => attempt(withPasskey));
  const { element, say, attempt } = form({
    fields: [login, password],
    submit: texts.signIn,
    extra: [passkey].filter(Boolean),
    send: async (values) => {
      const challenge = await signIn(values, onEnd(main));
      if (challenge) showQuestion(main, challenge);
      else await showAccount(main).catch(giveUp);
    },
  });
  const note = h("p", { class: "note" }, texts.memory);
  const to = links(["reset-password", TEXTS.links.forgot], ["sign-up", TEXTS.links.signUp]);
  turnTo(main, { title: texts.signInTitle, isFirst }, card(element, note), to);
  say(message);
}

/** The second step, for an account with a second factor. */
function showQuestion(main, challenge) {
  const element = proofForm({
    ways: WAYS,
    withPasskey: true,
    submit: texts.signIn,
    send: async (values) => {
      try {
        await answer(challenge, values, onEnd(main));
      } catch (error) {
        // Neither a code nor a passkey helps any more.
        if (error.code === "challenge_invalid") return showSignIn(main, error.message);
        throw error;
      }
      await showAccount(main).catch(giveUp);
    },
  });
  const words = paragraphs(texts.question);
  turnTo(main, { title: texts.questionTitle }, card(...words, element), links(["security", texts.begin]));
}

function onEnd(main) {
  return (reason) => showSignIn(main, reason);
}

async function showAccount(main) {
  me = (await send("GET", "v1/users/me")).content;
  showBar(main);
  const page = {
    me: () => me,
    change,
    hasFactor: () => factors.has(),
    hasPasskey: () => factors.hasPasskey(),
    over: (message) => over(main, message),
    overWithCodes: (codes) => overWithCodes(main, codes),
  };
  const sessions = sessionsPart(page);
  const email = emailPart(page);
  const factors = factorsPart(page);
  const password = passwordPart(page, sessions.load);
  turnTo(main, { title: account.title }, email.element, password, factors.element, sessions.element, erasePart(page));
  noticed = () => change().catch(() => {});
  await Promise.all([factors.load(), sessions.load()]);

  async function change(changed) {
    const found = changed ?? (await send("GET", "v1/users/me")).content;
    if (!me) return;
    me = found;
    email.show();
  }
}

/** Nobody could use the session, so it ends. */
async function giveUp(error) {
  await signOut().catch(() => {});
  throw error;
}

/** The session is over, by the user's own will. */
function over(main, message) {
  forget();
  showSignIn(main, message);
}

/** The session is over, because the account has its first factor. Its recovery codes are shown once. */
function overWithCodes(main, codes) {
  const { username } = me;
  me = null;
  forget();
  stopAsking();
  showBar(main);
  const again = h("button", { type: "button", class: "primary", click: () => showSignIn(main, "") }, texts.signIn);
  const words = paragraphs(recovery.ended);
  turnTo(main, { title: recovery.title }, card(...words, recoveryCodes(codes, username, again)));
}

function showBar(main) {
  document.getElementById("who")?.remove();
  if (!me) return;
  const leave = async () => {
    const gone = signOut();
    showSignIn(main, texts.signedOut);
    await gone.catch(() => showSignIn(main, texts.stillOpen));
  };
  const who = h("div", { id: "who" }, ...paragraphs(account.signedInAs(me.username)),
    h("button", { type: "button", click: leave }, texts.signOut));
  document.getElementById("bar").append(who);
}
