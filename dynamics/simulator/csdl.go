package simulator

import (
	"net/http"
	"slices"
	"strings"

	"audienceflow/dynamics/simulator/csdl"
)

// The schema's names: references are written with the alias, entity sets with the namespace, as the
// service does.
const (
	schemaName  = "Microsoft.Dynamics.CRM"
	schemaAlias = "mscrm"
	baseEntity  = "crmbaseentity"
)

func ofSchema(name string) string { return schemaAlias + "." + name }

func collectionOf(kind string) string { return "Collection(" + kind + ")" }

// modelDocument answers $metadata with the entity model in XML, which generic OData clients read
// first. It is closed: whatever it names it declares.
func (c *call) modelDocument() (*reply, *apiError) {
	c.kind = "metadata"
	if c.method != http.MethodGet {
		return nil, wrongMethod(c.method)
	}
	c.work(0)
	body, err := c.server.model().Document()
	if err != nil {
		return nil, fail(http.StatusInternalServerError, codeUnexpected, "%s", err)
	}
	r := &reply{status: http.StatusOK, body: body}
	return r.with("Content-Type", "application/xml").with("OData-Version", "4.0"), nil
}

func (s *Server) model() csdl.Schema {
	m := csdl.Schema{
		Namespace: schemaName, Alias: schemaAlias, Enums: modelEnums(), Complex: modelComplexTypes(),
		Actions: modelActions(), Functions: append(modelFunctions(), queryFunctions()...),
		Container: csdl.Container{Name: "System"},
	}
	m.Entities = append(m.Entities, csdl.EntityType{Name: baseEntity, Abstract: true})
	for _, t := range s.db.inOrder() {
		m.Entities = append(m.Entities, t.entityType())
		m.Container.Sets = append(m.Container.Sets, t.entitySet(s))
	}
	for _, name := range s.fixedNames() {
		m.Entities = append(m.Entities, s.fixed[name].entityType())
		m.Container.Sets = append(m.Container.Sets, csdl.Set{Name: name, Type: functionPrefix + s.fixed[name].name})
	}
	for _, f := range m.Functions {
		if !f.IsBound {
			m.Container.Functions = append(m.Container.Functions, csdl.Import{Name: f.Name, Function: functionPrefix + f.Name})
		}
	}
	return m
}

func (s *Server) fixedNames() []string {
	names := make([]string, 0, len(s.fixed))
	for name := range s.fixed {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (t *table) entityType() csdl.EntityType {
	e := csdl.EntityType{Name: t.logical, BaseType: ofSchema(baseEntity), Key: csdl.KeyOf(t.primaryID)}
	columns := slices.Clone(t.columns)
	slices.SortFunc(columns, byLogicalName)
	for _, column := range columns {
		e.Properties = append(e.Properties, column.csdlProperty())
		for _, target := range column.targets {
			nav := column.navigation(target)
			e.Navigations = append(e.Navigations, csdl.Navigation{
				Name: nav, Type: ofSchema(target), Partner: partner(target, nav, t),
				Constraint: &csdl.Constraint{Property: column.property(), Referenced: target + "id"},
			})
		}
	}
	for nav, back := range collections[t.logical] {
		e.Navigations = append(e.Navigations, csdl.Navigation{Name: nav, Type: collectionOf(ofSchema("contact")), Partner: back})
	}
	return e
}

func (c *attribute) csdlProperty() csdl.Property {
	p := csdl.Property{Name: c.property(), Type: c.edm()}
	switch {
	case c.kind == kindID:
		p.Nullable = csdl.NotNull
	case c.kind == kindString || c.kind == kindMemo:
		p.MaxLength = c.maxLength
	case c.kind.isScaled():
		p.Scale = "Variable"
	}
	return p
}

// partner is the collection of the other table that leads back to a lookup of t, if there is one.
func partner(target, nav string, t *table) string {
	if t.logical != "contact" {
		return ""
	}
	for collection, back := range collections[target] {
		if back == nav {
			return collection
		}
	}
	return ""
}

func (t *table) entitySet(s *Server) csdl.Set {
	set := csdl.Set{Name: t.set, Type: functionPrefix + t.logical}
	columns := slices.Clone(t.columns)
	slices.SortFunc(columns, byLogicalName)
	for _, column := range columns {
		for _, target := range column.targets {
			if name := s.setOf(target); name != "" {
				set.Bindings = append(set.Bindings, csdl.Binding{Path: column.navigation(target), Target: name})
			}
		}
	}
	for nav := range collections[t.logical] {
		set.Bindings = append(set.Bindings, csdl.Binding{Path: nav, Target: "contacts"})
	}
	return set
}

// setOf gives the entity set of a table by its logical name.
func (s *Server) setOf(logical string) string {
	if t := s.db.byLogical(logical); t != nil {
		return t.set
	}
	for name, set := range s.fixed {
		if set.name == logical {
			return name
		}
	}
	return ""
}

// entityType describes a system table by the rows that it holds.
func (f *fixedSet) entityType() csdl.EntityType {
	e := csdl.EntityType{Name: f.name, BaseType: ofSchema(baseEntity), Key: csdl.KeyOf(f.key)}
	if len(f.items) == 0 {
		return e
	}
	for _, m := range f.items[0] {
		if nav, _, beyond := strings.Cut(m.name, "/"); beyond {
			e.Navigations = append(e.Navigations, csdl.Navigation{Name: nav, Type: ofSchema(strings.TrimSuffix(nav, "id"))})
			continue
		}
		p := csdl.Property{Name: m.name, Type: edmOf(m)}
		if m.name == f.key {
			p.Nullable = csdl.NotNull
		}
		e.Properties = append(e.Properties, p)
	}
	return e
}
