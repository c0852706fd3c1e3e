import { signIn, users } from "./client.js";

const [url, username, password] = process.argv.slice(2) as [string, string, string];
const api = await signIn(url, username, password);
const { data, error } = await api.GET("/v1/users/me");
if (error?.code === "token_invalid") console.log("sign in again"); // The compiler knows all codes of this call.
if (data) console.log(`${data.username} has signed in`);
for await (const { username } of users(api)) console.log(username);
