// A reader of $metadata takes the whole model, and finds whatever it names.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parse } from "@sap-ux/edmx-parser";
import { startSimulator } from "./simulator.mjs";

const namespace = "Microsoft.Dynamics.CRM.";
let simulator, schema;

before(async () => {
	simulator = await startSimulator("-contacts", "1", "-column", "acme_VipStatus:string:100");
	const headers = { Authorization: `Bearer ${await simulator.token()}` };
	const answer = await fetch(`${simulator.url}/api/data/v9.2/$metadata`, { headers });
	({ schema } = parse(await answer.text()));
});

after(async () => assert.equal(await simulator.stop(), 0));

const named = (list, name) => list.find((item) => item.name === name);

// declared says whether a type is one of OData's own, or of the model.
function declared(type) {
	const name = type.replace(/^Collection\((.*)\)$/, "$1");
	const own = [...schema.entityTypes, ...schema.complexTypes, ...schema.enumTypes].map((t) => t.fullyQualifiedName);
	return name.startsWith("Edm.") || own.includes(name);
}

describe("the model", () => {
	test("contact has its columns", () => {
		const contact = named(schema.entityTypes, "contact");
		assert.deepEqual(contact.keys.map((k) => k.name), ["contactid"]);
		assert.equal(named(contact.entityProperties, "birthdate").type, "Edm.Date");
		assert.equal(named(contact.entityProperties, "acme_vipstatus").maxLength, 100);
	});
	test("every type is declared", () => {
		for (const entity of schema.entityTypes) {
			for (const p of entity.entityProperties) assert.ok(declared(p.type), `${entity.name}.${p.name}: ${p.type}`);
			for (const n of entity.navigationProperties) assert.ok(declared(n.targetTypeName), `${entity.name}.${n.name}: ${n.targetTypeName}`);
		}
		for (const complex of schema.complexTypes) for (const p of complex.properties) assert.ok(declared(p.type), `${complex.name}.${p.name}: ${p.type}`);
		for (const set of schema.entitySets) assert.ok(declared(set.entityTypeName), set.name);
	});
	test("actions and functions", () => {
		for (const action of schema.actions) {
			for (const p of action.parameters) assert.ok(declared(p.type), `${action.name}(${p.name}: ${p.type})`);
			if (action.returnType) assert.ok(declared(action.returnType), `${action.name}: ${action.returnType}`);
		}
		assert.equal(named(schema.actions, "UpdateMultiple").sourceType, `Collection(${namespace}crmbaseentity)`);
		assert.equal(named(schema.actions, "WhoAmI").returnType, `${namespace}WhoAmIResponse`);
		assert.ok(schema.actionImports.some((i) => i.name === "WhoAmI"));
	});
	test("a navigation leads to a set and back", () => {
		const company = named(named(schema.entityTypes, "contact").navigationProperties, "parentcustomerid_account");
		assert.equal(company.targetTypeName, `${namespace}account`);
		assert.equal(company.partner, "contact_customer_accounts");
	});
});
