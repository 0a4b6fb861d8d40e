package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// modelDocument answers $metadata with the entity model in XML, which generic OData clients read
// first.
func (c *call) modelDocument() (*reply, *apiError) {
	c.kind = "metadata"
	if c.method != http.MethodGet {
		return nil, wrongMethod(c.method)
	}
	c.work(0)
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>` +
		`<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">` +
		`<EntityType Name="crmbaseentity" Abstract="true" />`)
	tables := []*table{c.server.db.accounts, c.server.db.contacts}
	for _, t := range tables {
		t.describe(&b)
	}
	b.WriteString(`<ComplexType Name="WhoAmIResponse"><Property Name="BusinessUnitId" Type="Edm.Guid" Nullable="false" />` +
		`<Property Name="UserId" Type="Edm.Guid" Nullable="false" /><Property Name="OrganizationId" Type="Edm.Guid" Nullable="false" /></ComplexType>` +
		`<ComplexType Name="RetrieveVersionResponse"><Property Name="Version" Type="Edm.String" /></ComplexType>` +
		`<Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>` +
		`<Function Name="RetrieveVersion"><ReturnType Type="mscrm.RetrieveVersionResponse" Nullable="false" /></Function><EntityContainer Name="System">`)
	for _, t := range tables {
		fmt.Fprintf(&b, `<EntitySet Name="%s" EntityType="Microsoft.Dynamics.CRM.%s" />`, t.set, t.logical)
	}
	b.WriteString(`<FunctionImport Name="WhoAmI" Function="Microsoft.Dynamics.CRM.WhoAmI" />` +
		`<FunctionImport Name="RetrieveVersion" Function="Microsoft.Dynamics.CRM.RetrieveVersion" /></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`)
	r := &reply{status: http.StatusOK, body: []byte(b.String())}
	return r.with("Content-Type", "application/xml").with("OData-Version", "4.0"), nil
}

func (t *table) describe(b *strings.Builder) {
	fmt.Fprintf(b, `<EntityType Name="%s" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="%s" /></Key>`, t.logical, t.primaryID)
	columns := slices.Clone(t.columns)
	slices.SortFunc(columns, byLogicalName)
	for _, column := range columns {
		fmt.Fprintf(b, `<Property Name="%s" Type="%s" />`, column.property(), column.edm())
	}
	for _, column := range columns {
		for nav, target := range column.bind {
			fmt.Fprintf(b, `<NavigationProperty Name="%s" Type="mscrm.%s"><ReferentialConstraint Property="%s" ReferencedProperty="%sid" /></NavigationProperty>`,
				nav, target, column.property(), target)
		}
	}
	b.WriteString(`</EntityType>`)
}
