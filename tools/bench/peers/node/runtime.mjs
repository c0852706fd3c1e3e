// The loop of Lambda's runtime, without the logs and traces of the real one: `node runtime.mjs BUNDLE`.

import http from "node:http";
import { pathToFileURL } from "node:url";

const INVOCATION = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new http.Agent({ keepAlive: true });

/** Sends a request, and returns the headers and the text of the response. */
const send = (method, path, body) =>
  new Promise((resolve, reject) => {
    const request = http.request(`${INVOCATION}/${path}`, { method, agent }, async (response) => {
      let text = "";
      for await (const part of response.setEncoding("utf8")) text += part;
      resolve({ headers: response.headers, text });
    });
    request.on("error", reject).end(body);
  });

const { handler } = await import(pathToFileURL(process.argv[2]));
for (;;) {
  const { headers, text } = await send("GET", "next");
  const id = headers["lambda-runtime-aws-request-id"];
  try {
    await send("POST", `${id}/response`, JSON.stringify(await handler(JSON.parse(text), {})));
  } catch (error) {
    console.error(error);
    await send("POST", `${id}/error`, JSON.stringify({ errorMessage: error.message, errorType: error.name }));
  }
}
