import { once } from "node:events";
import http from "node:http";

/** Serves the API at `base` below `/prod` only, as API Gateway does with a stage of that name. */
export function stage(base) {
  return front(base, { prefix: "/prod" });
}

/** Serves the API at `base` below `prefix` only. To the API, all requests come from `localAddress`. */
export async function front(base, { prefix = "", localAddress } = {}) {
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith(`${prefix}/`)) return response.writeHead(404).end();
    const options = { method: request.method, headers: request.headers, localAddress };
    const inner = http.request(base + request.url.slice(prefix.length), options, (upstream) => {
      response.writeHead(upstream.statusCode, upstream.headers);
      upstream.pipe(response);
    });
    inner.on("error", () => response.writeHead(502).end());
    return request.pipe(inner);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { server, base: `http://127.0.0.1:${server.address().port}${prefix}` };
}
