// o.js, a client of any OData service.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import odata from "odata";
import { startSimulator } from "./simulator.mjs";

let simulator, client, ids;

before(async () => {
	simulator = await startSimulator("-contacts", "20");
	const authorization = { Authorization: `Bearer ${await simulator.token()}` };
	client = odata.o(`${simulator.url}/api/data/v9.2/`, {
		headers: { ...authorization, "Content-Type": "application/json" },
		batch: {
			headers: new Headers(authorization), endpoint: "$batch", boundaryPrefix: "batch_", changsetBoundaryPrefix: "changset_",
			useChangset: true, useRelativeURLs: false,
		},
	});
	ids = (await simulator.control("contacts")).trim().split("\n");
});

after(async () => assert.equal(await simulator.stop(), 0));

test("select and top", async () => {
	const rows = await client.get("contacts").query({ $select: "fullname", $top: 2 });
	assert.deepEqual(rows.map((r) => r.contactid), ids.slice(0, 2));
});

test("patch and filter", async () => {
	await client.patch(`contacts(${ids[0]})`, { firstname: "Zoë O'Brien" }).query();
	const rows = await client.get("contacts").query({ $filter: "firstname eq 'Zoë O''Brien'", $select: "firstname", $count: true });
	assert.deepEqual(rows.map((r) => r.contactid), [ids[0]]);
});

test("post and delete", async () => {
	await client.post("contacts", { lastname: "New" }).query();
	const [made] = await client.get("contacts").query({ $filter: "lastname eq 'New'", $select: "lastname" });
	await client.delete(`contacts(${made.contactid})`).query();
	await assert.rejects(client.get(`contacts(${made.contactid})`).query(), (answer) => answer.status === 404);
});

test("a batch of readings", async () => {
	const [contacts, accounts] = await client.get("contacts").get("accounts").batch({ $top: 1, $select: "createdon" });
	assert.equal(contacts.body[0].contactid, ids[0]);
	assert.match(accounts.body[0].accountid, /^[0-9a-f-]{36}$/);
});

test("a change set", async () => {
	await client.patch(`contacts(${ids[1]})`, { jobtitle: "Baker" }).patch(`contacts(${ids[2]})`, { jobtitle: "Cook" }).batch();
	const rows = await client.get("contacts").query({ $filter: "jobtitle eq 'Baker' or jobtitle eq 'Cook'", $select: "jobtitle" });
	assert.deepEqual(rows.map((r) => r.jobtitle), ["Baker", "Cook"]);
});
