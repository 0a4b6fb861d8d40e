import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DynamicsWebApi } from "dynamics-web-api";
import { signIn, startSimulator } from "./simulator.mjs";

const absent = "00000000-0000-0000-0000-00000000dead";
let simulator, client, ids;

before(async () => {
	simulator = await startSimulator("-contacts", "30", "-column", "acme_VipStatus:string:100", "-column", "acme_level:choice", "-key", "emailaddress1");
	client = new DynamicsWebApi({ serverUrl: simulator.url, dataApi: { version: "9.2" }, onTokenRefresh: () => simulator.token() });
	ids = (await simulator.control("contacts")).trim().split("\n");
});

after(async () => assert.equal(await simulator.stop(), 0));

const status = async (id) => (await client.retrieve({ collection: "contacts", key: id, select: ["acme_vipstatus"] })).acme_vipstatus;

describe("signing in", () => {
	test("a wrong secret is refused", () =>
		assert.rejects(signIn(simulator.url, `${simulator.url}/.default`, "wrong"), { status: 401, error: "invalid_client" }));
	test("a wrong scope is refused", () => assert.rejects(simulator.token("nonsense"), { status: 400, error: "invalid_scope" }));
	test("WhoAmI", async () => {
		const me = await client.callFunction("WhoAmI");
		assert.match(me.UserId, /^[0-9a-f-]{36}$/);
		assert.match(me.OrganizationId, /^[0-9a-f-]{36}$/);
	});
	test("a bound function of the user", async () => {
		const { UserId } = await client.callFunction("WhoAmI");
		const answer = await client.callFunction({ collection: "systemusers", key: UserId, name: "Microsoft.Dynamics.CRM.RetrieveUserPrivileges" });
		assert.ok(answer.RolePrivileges.some((p) => p.PrivilegeName === "prvWriteContact"));
	});
});

describe("metadata", () => {
	test("entities", async () => {
		const { value } = await client.retrieveEntities({ select: ["LogicalName", "EntitySetName"], filter: "LogicalName eq 'contact'" });
		assert.equal(value.length, 1);
		assert.equal(value[0].EntitySetName, "contacts");
	});
	test("one entity", async () => {
		const entity = await client.retrieveEntity({ key: "LogicalName='contact'", select: ["PrimaryNameAttribute"], expand: [{ property: "Keys" }] });
		assert.equal(entity.PrimaryNameAttribute, "fullname");
		assert.deepEqual(entity.Keys[0].KeyAttributes, ["emailaddress1"]);
	});
	test("attributes", async () => {
		const { value } = await client.retrieveAttributes({ entityKey: "LogicalName='contact'", select: ["SchemaName"], filter: "LogicalName eq 'acme_vipstatus'" });
		assert.equal(value[0].SchemaName, "acme_VipStatus");
	});
	test("attributes of a type", async () => {
		const { value } = await client.retrieveAttributes({
			entityKey: "LogicalName='contact'", castType: "Microsoft.Dynamics.CRM.StringAttributeMetadata", select: ["LogicalName", "MaxLength"],
		});
		assert.equal(value.find((a) => a.LogicalName === "emailaddress1").MaxLength, 100);
	});
	test("one attribute with its options", async () => {
		const attribute = await client.retrieveAttribute({
			entityKey: "LogicalName='contact'", attributeKey: "LogicalName='acme_level'", castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
			select: ["LogicalName"], expand: [{ property: "OptionSet", select: ["Options"] }],
		});
		assert.equal(attribute.OptionSet.Options[0].Label.UserLocalizedLabel.Label, "Option 1");
	});
});

describe("more metadata", () => {
	test("relationships", async () => {
		const { value } = await client.retrieveRelationships({ select: ["SchemaName", "ReferencedEntity"], filter: "ReferencingAttribute eq 'parentcustomerid'" });
		assert.deepEqual(value.map((r) => r.ReferencedEntity), ["account", "contact"]);
	});
	test("global option sets", async () => {
		const { value } = await client.retrieveGlobalOptionSets();
		const one = await client.retrieveGlobalOptionSet({ key: "Name='budgetstatus'" });
		assert.deepEqual([value[0].Name, one.Options.length], ["budgetstatus", 4]);
	});
	test("the model document", async () => assert.match(await client.retrieveCsdlMetadata(), /<EntitySet Name="contacts"/));
});

describe("reading", () => {
	test("select, filter, order, top and count", async () => {
		const answer = await client.retrieveMultiple({
			collection: "contacts", select: ["fullname", "emailaddress1"], filter: "contains(emailaddress1,'C1') and lastname ne null",
			orderBy: ["emailaddress1 desc"], top: 3, count: true,
		});
		assert.equal(answer.oDataCount, 11);
		assert.deepEqual(answer.value.map((c) => c.emailaddress1), ["c19@example.com", "c18@example.com", "c17@example.com"]);
	});
	test("one row with annotations", async () => {
		const row = await client.retrieve({ collection: "contacts", key: ids[0], select: ["statecode", "createdon"], includeAnnotations: "*" });
		assert.equal(row.statecode_Formatted, "Active");
	});
	test("by alternate key", async () => {
		const row = await client.retrieve({ collection: "contacts", key: "emailaddress1='c7@example.com'", select: ["emailaddress1"] });
		assert.equal(row.emailaddress1, "c7@example.com");
	});
	test("paging to the end", async () => {
		const seen = [];
		let page = await client.retrieveMultiple({ collection: "contacts", select: ["fullname"], maxPageSize: 7 });
		for (;;) {
			seen.push(...page.value.map((c) => c.contactid));
			if (!page.oDataNextLink) break;
			page = await client.retrieveMultiple({ collection: "contacts", select: ["fullname"], maxPageSize: 7 }, page.oDataNextLink);
		}
		assert.deepEqual(seen, ids);
		const all = await client.retrieveAll({ collection: "contacts", select: ["fullname"], maxPageSize: 10 });
		assert.equal(all.value.length, 30);
	});
	test("counts", async () => {
		assert.equal(await client.count({ collection: "contacts" }), 30);
		assert.equal(await client.count({ collection: "contacts", filter: "acme_vipstatus ne null" }), 0);
		assert.equal(await client.countAll({ collection: "contacts", select: ["contactid"] }), 30);
	});
	test("a list of ids, too long for a URL", async () => {
		const list = [...ids, ...Array(60).fill(absent)].map((id) => `'${id}'`).join(",");
		const { value } = await client.retrieveMultiple({
			collection: "contacts", select: ["contactid"], filter: `Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=[${list}])`,
		});
		assert.equal(value.length, 30);
	});
	test("aggregates", async () => {
		const { value } = await client.retrieveMultiple({ collection: "contacts", apply: "filter(statecode eq 0)/aggregate($count as n)" });
		assert.equal(value[0].n, 30);
	});
	test("the whole table's count", async () => {
		const answer = await client.callFunction({ name: "RetrieveTotalRecordCount", parameters: { EntityNames: ["contact"] } });
		assert.deepEqual(answer.EntityRecordCountCollection.Values, [30]);
	});
});

describe("writing", () => {
	test("update, with non-ASCII and quotes", async () => {
		const name = `Zoë "Ünal" O'Brien 😀 日本\n\\`;
		assert.equal(await client.update({ collection: "contacts", key: ids[0], data: { firstname: name } }), true);
		const { firstname } = await client.retrieve({ collection: "contacts", key: ids[0], select: ["firstname"] });
		assert.equal(firstname, name);
		const { value } = await client.retrieveMultiple({ collection: "contacts", select: ["firstname"], filter: `firstname eq '${name.replaceAll("'", "''")}'` });
		assert.equal(value.length, 1);
	});
	test("update with the row in return", async () => {
		const row = await client.update({ collection: "contacts", key: ids[1], data: { acme_vipstatus: "realized" }, select: ["acme_vipstatus"], returnRepresentation: true });
		assert.equal(row.acme_vipstatus, "realized");
	});
	test("ETags", async () => {
		const row = await client.retrieve({ collection: "contacts", key: ids[1], select: ["firstname"] });
		const unchanged = await client.retrieve({ collection: "contacts", key: ids[1], select: ["firstname"], ifnonematch: row["@odata.etag"] });
		assert.equal(unchanged?.firstname, undefined);
		await client.update({ collection: "contacts", key: ids[1], data: { firstname: "Newer" }, ifmatch: row["@odata.etag"] });
		const stale = await client.update({ collection: "contacts", key: ids[1], data: { firstname: "Stale" }, ifmatch: row["@odata.etag"] });
		assert.equal(stale, false);
	});
	test("single property", async () => {
		await client.updateSingleProperty({ collection: "contacts", key: ids[2], fieldValuePair: { jobtitle: "Chef" } });
		assert.equal((await client.retrieve({ collection: "contacts", key: ids[2], select: ["jobtitle"] })).jobtitle, "Chef");
		await client.deleteRecord({ collection: "contacts", key: ids[2], property: "jobtitle" });
		assert.equal((await client.retrieve({ collection: "contacts", key: ids[2], select: ["jobtitle"] })).jobtitle, null);
	});
	test("create, upsert and delete", async () => {
		const id = await client.create({ collection: "contacts", data: { lastname: "New" } });
		assert.match(id, /^[0-9a-f-]{36}$/);
		await client.upsert({ collection: "contacts", key: absent, data: { lastname: "Made" } });
		assert.equal(await client.upsert({ collection: "contacts", key: absent, data: { lastname: "Again" }, ifnonematch: "*" }), null);
		for (const key of [id, absent]) await client.deleteRecord({ collection: "contacts", key });
		await assert.rejects(client.retrieve({ collection: "contacts", key: id }), { status: 404, code: "0x80040217" });
	});
	test("lookups", async () => {
		const { value } = await client.retrieveMultiple({ collection: "accounts", select: ["name"], top: 1 });
		const account = value[0].accountid;
		await client.update({ collection: "contacts", key: ids[3], data: { "parentcustomerid_account@odata.bind": `accounts(${account})` } });
		const row = await client.retrieve({ collection: "contacts", key: ids[3], select: ["_parentcustomerid_value"], expand: [{ property: "parentcustomerid_account", select: ["name"] }] });
		assert.equal(row._parentcustomerid_value, account);
		assert.equal(row.parentcustomerid_account.name, value[0].name);
		await client.disassociateSingleValued({ collection: "contacts", primaryKey: ids[3], navigationProperty: "parentcustomerid_account" });
		await client.associateSingleValued({ collection: "contacts", primaryKey: ids[3], navigationProperty: "parentcustomerid_account", relatedCollection: "accounts", relatedKey: account });
		assert.equal((await client.retrieve({ collection: "contacts", key: ids[3], select: ["_parentcustomerid_value"] }))._parentcustomerid_value, account);
	});
});

describe("bulk actions", () => {
	const target = (id, members) => ({ "@odata.type": "Microsoft.Dynamics.CRM.contact", contactid: id, ...members });
	const call = (name, Targets) => client.callAction({ collection: "contacts", actionName: `Microsoft.Dynamics.CRM.${name}`, action: { Targets } });

	test("UpdateMultiple", async () => {
		await call("UpdateMultiple", ids.slice(10, 20).map((id) => target(id, { acme_vipstatus: "bulk" })));
		assert.equal(await client.count({ collection: "contacts", filter: "acme_vipstatus eq 'BULK'" }), 10);
	});
	test("UpdateMultiple is all or nothing", async () => {
		const rows = [target(ids[10], { acme_vipstatus: "lost" }), target(absent, { acme_vipstatus: "lost" })];
		await assert.rejects(call("UpdateMultiple", rows), { status: 404, code: "0x80040217", message: `Contact With Ids = ${absent} Do Not Exist` });
		assert.equal(await status(ids[10]), "bulk");
	});
	test("CreateMultiple and UpsertMultiple", async () => {
		const { Ids } = await call("CreateMultiple", [target(undefined, { lastname: "A" }), target(absent, { lastname: "B" })]);
		assert.equal(Ids[1], absent);
		await call("UpsertMultiple", [{ "@odata.type": "Microsoft.Dynamics.CRM.contact", "@odata.id": "contacts(emailaddress1='c7@example.com')", acme_vipstatus: "key" }]);
		assert.equal(await status("emailaddress1='c7@example.com'"), "key");
		for (const key of Ids) await client.deleteRecord({ collection: "contacts", key });
	});
});

describe("batches", () => {
	const update = (id, data, more) => client.update({ collection: "contacts", key: id, data, ...more });

	test("a change set", async () => {
		client.startBatch();
		update(ids[20], { acme_vipstatus: "set ü" });
		update(ids[21], { acme_vipstatus: "set" });
		const answers = await client.executeBatch();
		assert.equal(answers.length, 2);
		assert.equal(await status(ids[20]), "set ü");
	});
	test("a failed change set leaves nothing", async () => {
		client.startBatch();
		update(ids[20], { acme_vipstatus: "lost" });
		update(ids[21], { firstname: "x".repeat(51) });
		await assert.rejects(client.executeBatch(), (errors) => {
			assert.deepEqual(errors.map((e) => [e.status, e.error.code]), [[400, "0x80044331"]]);
			return true;
		});
		assert.equal(await status(ids[20]), "set ü");
	});
	test("Content-ID references", async () => {
		client.startBatch();
		client.create({ collection: "accounts", data: { name: "Referenced" }, contentId: "1" });
		client.create({ collection: "contacts", data: { lastname: "Referring", "parentcustomerid_account@odata.bind": "$1" } });
		client.update({ collection: "$1", data: { accountnumber: "A1" } });
		await client.executeBatch();
		const { value } = await client.retrieveMultiple({
			collection: "contacts", select: ["lastname"], filter: "lastname eq 'Referring'", expand: [{ property: "parentcustomerid_account", select: ["name", "accountnumber"] }],
		});
		assert.equal(value[0].parentcustomerid_account.accountnumber, "A1");
		await client.deleteRecord({ collection: "contacts", key: value[0].contactid });
	});
	test("without change sets, going on after errors", async () => {
		client.startBatch();
		update(ids[22], { acme_vipstatus: "one" }, { inChangeSet: false });
		update(absent, { acme_vipstatus: "two" }, { inChangeSet: false });
		client.retrieve({ collection: "contacts", key: ids[22], select: ["acme_vipstatus"] });
		client.retrieveMultiple({ collection: "contacts", select: ["fullname"], top: 2, orderBy: ["lastname desc"], filter: "lastname ne 'Ä'" });
		client.count({ collection: "contacts", filter: "lastname ne null" });
		const answers = await client.executeBatch({ continueOnError: true });
		assert.equal(answers.length, 5);
		assert.equal(answers[1].error.code, "0x80040217");
		assert.equal(answers[1].status, 404);
		assert.equal(answers[2].acme_vipstatus, "one");
		assert.equal(answers[3].value.length, 2);
		assert.equal(answers[4], 30);
	});
	test("stopping at the first error", async () => {
		client.startBatch();
		update(ids[23], { acme_vipstatus: "before" }, { inChangeSet: false });
		update(absent, { acme_vipstatus: "bad" }, { inChangeSet: false });
		update(ids[24], { acme_vipstatus: "after" }, { inChangeSet: false });
		await assert.rejects(client.executeBatch());
		assert.equal(await status(ids[23]), "before");
		assert.equal(await status(ids[24]), null);
	});
});

describe("errors", () => {
	test("an unknown column", () =>
		assert.rejects(client.retrieveMultiple({ collection: "contacts", select: ["nope"] }), { status: 400, message: /Could not find a property named 'nope'/ }));
	test("an unknown set", () =>
		assert.rejects(client.retrieveMultiple({ collection: "nopes", select: ["x"] }), { status: 404, code: "0x8006088a" }));
	test("a value that does not fit", () =>
		assert.rejects(client.update({ collection: "contacts", key: ids[0], data: { birthdate: "2020-01-01T00:00:00Z" } }), { status: 400, message: /Edm\.Date/ }));
	test("throttling", async () => {
		await simulator.control("faults", { method: "POST", body: JSON.stringify({ kind: "status", status: 429, seconds: 3, count: 1 }) });
		await assert.rejects(client.callFunction("WhoAmI"), (error) => error.status === 429 && error.code === "0x80072322");
	});
});
