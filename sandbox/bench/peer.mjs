// Updates contacts with dynamics-web-api's bulk call and prints how many seconds that took.
// Arguments: address, tenant, requests in flight. The bodies come on stdin, one request a line.
import { createInterface } from "node:readline";
import { DynamicsWebApi } from "dynamics-web-api";

const [url, tenant, parallel] = process.argv.slice(2);
const form = new URLSearchParams({ client_id: "client", client_secret: "secret", grant_type: "client_credentials", scope: `${url}/.default` });
const answer = await (await fetch(`${url}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: form })).json();
const client = new DynamicsWebApi({ serverUrl: url, dataApi: { version: "9.2" }, onTokenRefresh: () => answer.access_token });

const actions = [];
for await (const line of createInterface({ input: process.stdin })) actions.push(JSON.parse(line));
let next = 0;
const send = async () => {
	while (next < actions.length) {
		const action = actions[next++];
		await client.callAction({ collection: "contacts", actionName: "Microsoft.Dynamics.CRM.UpdateMultiple", action });
	}
};
const began = performance.now();
await Promise.all(Array.from({ length: Number(parallel) }, send));
console.log((performance.now() - began) / 1000);
