// Names the browser and the system of a session, from what the browser says about itself.

import { TEXTS } from "./texts.js";

// The first that fits counts: most browsers also name those that they descend from.
const BROWSERS = [
  [/\bEdg(A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Headless)?Chrom(e|ium)\/|\bCriOS\//, "Chrome"],
  [/\bVersion\/.*\bSafari\//, "Safari"],
];
const SYSTEMS = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];
const LENGTH = 40;

export function device(agent) {
  const browser = find(BROWSERS, agent) ?? agent.split(/[\s/(]/)[0].slice(0, LENGTH);
  return browser ? TEXTS.sessions.device(browser, find(SYSTEMS, agent)) : TEXTS.sessions.unknown;
}

function find(known, agent) {
  return known.find(([pattern]) => pattern.test(agent))?.[1];
}
