// @odata/client, another client of any OData service, for its fourth version.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { startSimulator } from "./simulator.mjs";

const { OData } = createRequire(import.meta.url)("@odata/client");
let simulator, client, contacts, ids;

before(async () => {
	simulator = await startSimulator("-contacts", "20");
	client = OData.New4({ serviceEndpoint: `${simulator.url}/api/data/v9.2/`, commonHeaders: { Authorization: `Bearer ${await simulator.token()}` } });
	contacts = client.getEntitySet("contacts");
	ids = (await simulator.control("contacts")).trim().split("\n");
});

after(async () => assert.equal(await simulator.stop(), 0));

test("one row", async () => assert.equal((await contacts.retrieve(ids[0])).contactid, ids[0]));

test("update and find", async () => {
	await contacts.update(ids[1], { jobtitle: "Ünal 日本" });
	const rows = await contacts.find({ jobtitle: "Ünal 日本" });
	assert.deepEqual(rows.map((r) => r.contactid), [ids[1]]);
	assert.equal((await contacts.query(OData.newFilter().property("jobtitle").eq("Ünal 日本"))).length, 1);
});

test("select, order and top", async () => {
	const rows = await contacts.query(client.newParam().select("lastname").orderby("lastname", "desc").top(3));
	assert.equal(rows.length, 3);
	assert.deepEqual(Object.keys(rows[0]).sort(), ["@odata.etag", "contactid", "lastname"]);
});

test("create and delete", async () => {
	await contacts.create({ lastname: "New" });
	const [made] = await contacts.find({ lastname: "New" });
	await contacts.delete(made.contactid);
	assert.equal((await contacts.find({ lastname: "New" })).length, 0);
});

test("count", async () => assert.equal(await contacts.count(), 20));

test("a batch", async () => {
	const answers = await client.execBatchRequests([
		client.newBatchRequest({ collection: "contacts", params: client.newParam().top(1).select("lastname") }),
		client.newBatchRequest({ collection: "accounts", params: client.newParam().top(1) }),
	]);
	const [first, second] = await Promise.all(answers.map((a) => a.json()));
	assert.equal(first.value[0].contactid, ids[0]);
	assert.match(second.value[0].accountid, /^[0-9a-f-]{36}$/);
});
