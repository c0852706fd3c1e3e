/** The password of all demo accounts. */
export const PASSWORD = "correct-horse-battery-staple";

/** Opens the API's page and waits for its operations. */
export async function open(page, base) {
  await page.goto(`${base}/docs`);
  await page.locator(".opblock").first().waitFor();
}

/** Fills in the form and sends it with the keyboard; gives the API's response. */
export async function submit(page, username, password = PASSWORD) {
  await page.getByLabel("Username or email").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  const [response] = await Promise.all([responseOf(page, "v1/auth/token"), page.keyboard.press("Enter")]);
  return response;
}

/** Signs in, waits until the page shows the roles, and gives the tokens. */
export async function signIn(page, username) {
  const response = await submit(page, username);
  await page.locator("#roles", { hasText: /role/ }).waitFor();
  return response.json();
}

export async function signOut(page) {
  const [response] = await Promise.all([
    responseOf(page, "v1/auth/token/revoke"),
    page.getByRole("button", { name: "Sign out", exact: true }).click(),
  ]);
  return response.status();
}

/** What the bar on top says about who is signed in; null if nobody is. */
export async function whoIsSignedIn(page) {
  const text = page.locator("#signed-in p");
  return (await text.isVisible()) ? text.innerText() : null;
}

/** Waits for a message in the bar, and gives it. */
export async function message(page, pattern) {
  const text = page.getByRole("status").filter({ hasText: pattern });
  await text.waitFor();
  return text.innerText();
}

/** The block of an operation, opened. */
export async function operation(page, id) {
  const block = page.locator(`.opblock[id$="-${id}"]`);
  const button = block.locator(".opblock-summary-control");
  if ((await button.getAttribute("aria-expanded")) !== "true") await button.click();
  await block.locator(".execute").waitFor();
  return block;
}

/** Presses `Execute` of an operation, and gives the status and the body that the page shows then. */
export async function execute(page, id, body) {
  const block = await operation(page, id);
  const clear = block.getByRole("button", { name: "Clear", exact: true });
  if (await clear.isVisible()) await clear.click();
  if (body) await block.locator("textarea.body-param__text").fill(JSON.stringify(body));
  await block.locator(".execute").click();
  const response = block.locator(".live-responses-table tbody").first();
  const status = await response.locator(".response-col_status").first().innerText();
  const text = response.locator(".highlight-code").first();
  // A response without a body has no element for the body.
  return { status: parseInt(status, 10), body: parseInt(status, 10) === 204 ? "" : await text.innerText() };
}

/** Elements that are too wide: the page, and controls that stick out of their operation. */
export function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth } = document.scrollingElement;
    const right = (element) => Math.floor(element.getBoundingClientRect().right);
    const controls = [...document.querySelectorAll(".opblock :is(button, input, select, textarea)")];
    const out = controls.filter((control) => right(control) > right(control.closest(".opblock")));
    const page = scrollWidth > innerWidth ? [`page of ${scrollWidth}`] : [];
    return [...page, ...out.map((control) => control.outerHTML)];
  });
}

/** Each operation's badge as `METHOD path` -> `[level, contrast]`. */
export async function badges(page) {
  const found = await page.locator(".opblock").evaluateAll((blocks) => {
    const luminance = (color) => {
      const [red, green, blue] = color.match(/[\d.]+/g).map((part) => part / 255);
      const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const contrast = ({ color, backgroundColor }) => {
      const [dark, light] = [luminance(color), luminance(backgroundColor)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    return blocks.map((block) => {
      const method = block.querySelector(".opblock-summary-method").innerText;
      const path = block.querySelector("[data-path]").dataset.path;
      const badge = block.querySelector(".level");
      const isSeen = badge?.checkVisibility() && badge.getBoundingClientRect().right <= innerWidth;
      return [`${method} ${path}`, isSeen ? [badge.innerText, contrast(getComputedStyle(badge))] : null];
    });
  });
  return Object.fromEntries(found);
}

function responseOf(page, path) {
  return page.waitForResponse((response) => response.url().endsWith(`/${path}`));
}
