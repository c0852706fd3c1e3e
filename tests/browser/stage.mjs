import { once } from "node:events";
import http from "node:http";

/** Serves the API at `base` below `/prod` only, as API Gateway does with a stage of that name. */
export async function stage(base) {
  const server = http.createServer((request, response) => {
    const path = request.url.match(/^\/prod(\/.*)$/)?.[1];
    if (!path) return response.writeHead(404).end();
    const inner = http.request(base + path, { method: request.method, headers: request.headers }, (upstream) => {
      response.writeHead(upstream.statusCode, upstream.headers);
      upstream.pipe(response);
    });
    inner.on("error", () => response.writeHead(502).end());
    return request.pipe(inner);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { server, base: `http://127.0.0.1:${server.address().port}/prod` };
}
