// A server for tests, and what runs them.
import { once } from "node:events";
import { type IncomingHttpHeaders, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const JSON_TYPE = { "content-type": "application/json" };
/** `null` closes the connection, `"never"` keeps the client waiting. */
export type Reply = [status: number, headers: Record<string, string>, body: string] | null | "never";
export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/** Runs `use` with a server that gives these replies in turn, and with the requests that the server has received. */
export async function replay(replies: Reply[], use: (url: string, received: Received[]) => Promise<void>) {
  const left = [...replies];
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const one: Received = { method: request.method!, path: request.url!, headers: request.headers, body: "" };
    received.push(one);
    const reply = left.shift() ?? null;
    request.on("data", (part) => (one.body += part)).on("end", () => {
      if (!reply) request.socket.destroy();
      else if (reply !== "never") response.writeHead(reply[0], reply[1]).end(reply[2]);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, received);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Fails the process if a test fails. */
export async function run(tests: Record<string, () => Promise<void>>) {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok   client.ts: ${name}`);
    } catch (error) {
      console.log(`FAIL client.ts: ${name}: ${error}`);
      process.exitCode = 1;
    }
  }
}
