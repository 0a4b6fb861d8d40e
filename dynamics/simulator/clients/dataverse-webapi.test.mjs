// dataverse-webapi, a client of Dataverse for browsers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import "./xhr.mjs";
import * as webApi from "dataverse-webapi";
import { startSimulator } from "./simulator.mjs";

let simulator, config, ids, account;

before(async () => {
	simulator = await startSimulator("-contacts", "20", "-key", "emailaddress1");
	config = new webApi.WebApiConfig("9.2", await simulator.token(), simulator.url);
	ids = (await simulator.control("contacts")).trim().split("\n");
	account = (await webApi.retrieveMultiple(config, "accounts", "$select=name&$top=1")).value[0].accountid;
});

after(async () => assert.equal(await simulator.stop(), 0));

const jobOf = async (id) => (await webApi.retrieve(config, "contacts", id, "$select=jobtitle")).jobtitle;

test("rows, with formatted values", async () => {
	const page = await webApi.retrieveMultiple(config, "contacts", "$select=fullname,statecode&$orderby=fullname desc", { maxPageSize: 15 });
	assert.equal(page.value.length, 15);
	assert.equal(page.value[0]["statecode@OData.Community.Display.V1.FormattedValue"], "Active");
});

test("one row by its key", async () => {
	const row = await webApi.retrieveAlternateKey(config, "contacts", "emailaddress1='c7@example.com'", "$select=emailaddress1");
	assert.equal(row.emailaddress1, "c7@example.com");
});

test("create, update, delete", async () => {
	const id = await webApi.create(config, "contacts", { lastname: "New" });
	await webApi.update(config, "contacts", id, { jobtitle: "Baker" });
	assert.equal(await jobOf(id), "Baker");
	const shown = await webApi.updateWithReturnData(config, "contacts", id, { jobtitle: "Cook" }, "$select=jobtitle");
	assert.equal(shown.jobtitle, "Cook");
	await webApi.updateProperty(config, "contacts", id, "jobtitle", "Chef");
	assert.equal(await jobOf(id), "Chef");
	await webApi.deleteProperty(config, "contacts", id, "jobtitle");
	assert.equal(await jobOf(id), null);
	await webApi.deleteRecord(config, "contacts", id);
	await assert.rejects(webApi.retrieve(config, "contacts", id), (refusal) => refusal.code === "0x80040217");
});

test("associate and disassociate", async () => {
	const company = async () => (await webApi.retrieve(config, "contacts", ids[0], "$select=_parentcustomerid_value"))._parentcustomerid_value;
	await webApi.associate(config, "accounts", account, "contact_customer_accounts", "contacts", ids[0]);
	assert.equal(await company(), account);
	await webApi.disassociate(config, "contacts", ids[0], "parentcustomerid_account");
	assert.equal(await company(), null);
});

test("functions", async () => {
	const { UserId } = await webApi.unboundFunction(config, "WhoAmI");
	const held = await webApi.boundFunction(config, "systemusers", UserId, "RetrieveUserPrivileges");
	assert.ok(held.RolePrivileges.length > 0);
	assert.match((await webApi.unboundFunction(config, "RetrieveVersion")).Version, /^9\.2\./);
});

test("a batch with a change set", async () => {
	const changes = [1, 2].map((n) => ({ method: "PATCH", queryString: `contacts(${ids[n]})`, entity: { jobtitle: `Job ${n}` } }));
	const answers = await webApi.batchOperation(config, "b1", "c1", changes, [`contacts(${ids[1]})?$select=jobtitle`]);
	assert.deepEqual(answers.map((a) => a.httpStatus), [204, 204, 200]);
	assert.deepEqual(answers.slice(0, 2).map((a) => [a.contentId, a.entityId]), [["1", ids[1]], ["2", ids[2]]]);
	assert.equal(answers[2].data.jobtitle, "Job 1");
	const failing = await webApi.batchOperation(config, "b2", "c2", [{ method: "PATCH", queryString: `contacts(${ids[3]})`, entity: { nope: 1 } }], []).catch((e) => e);
	assert.match(JSON.stringify(failing) + failing, /nope/);
});

test("FetchXML", async () => {
	const fetch = `<fetch top="2"><entity name="contact"><attribute name="lastname"/><filter><condition attribute="contactid" operator="eq" value="${ids[4]}"/></filter></entity></fetch>`;
	const { value } = await webApi.retrieveMultiple(config, "contacts", `fetchXml=${fetch}`);
	assert.deepEqual(value.map((r) => r.contactid), [ids[4]]);
});
