// An authenticator for the passkeys of a page: Chromium's own, which needs no finger.

// Browsers take the address of a site as the domain of passkeys only if it is a name.
const HOST = "localhost";

/** The same server under the name that passkeys are for. */
export function named(api) {
  const { protocol, port } = new URL(api);
  return `${protocol}//${HOST}:${port}`;
}

export class Authenticator {
  #send;

  /** Gives the page an authenticator without passkeys. */
  static async of(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const options = {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    };
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
    const send = (method, values = {}) => session.send(`WebAuthn.${method}`, { authenticatorId, ...values });
    return new Authenticator(send);
  }

  constructor(send) {
    this.#send = send;
  }

  /** Whether it knows its user from now on. Otherwise the user is refused, as somebody who cancels. */
  knowsUser(isUserVerified) {
    return this.#send("setUserVerified", { isUserVerified });
  }

  /** How many passkeys it has. */
  async count() {
    return (await this.#send("getCredentials")).credentials.length;
  }
}

/** In this page, the browser has no passkeys. */
export function withoutPasskeys(page) {
  return page.addInitScript(() => delete window.PublicKeyCredential);
}
