package simulator

import (
	"strings"
)

// disassociates says whether a lookup's own property may be set to null: in a new row, where it
// changes nothing, and with a header that the service's own forms send.
func (c *call) disassociates() bool {
	return c.kind == "create" || c.kind == "CreateMultiple" || strings.EqualFold(c.header.Get("AutoDisassociate"), "true")
}

// lookup reads a member that is no column: the property of a lookup (_x_value), its navigation
// property, or nothing at all. Lookups are set, and cleared, by @odata.bind
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api).
func (p *payload) lookup(s *scanner, r *updateRow, name string) error {
	l, err := s.value()
	if err != nil {
		return err
	}
	c, nav := p.table.byProperty[name], ""
	if c == nil || c.kind != kindLookup {
		c, nav = p.table.byBind[name], name
	} else {
		nav = c.navigation(c.targets[0])
	}
	switch {
	case c == nil:
		return refuse(unknownProperty(p.table, name))
	case l.kind == literalNull && p.disassociates:
		r.binds = append(r.binds, bind{column: c, nav: nav})
		return nil
	case l.kind == literalNull:
		return refuse(badRequest("Property %s cannot be updated to null. The reference property can only be deleted.", name))
	case nav != name:
		return refuse(badRequest("CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."))
	default:
		return refuse(unknownProperty(p.table, name))
	}
}

func (p *payload) bind(r *updateRow, nav string, l jsonLiteral) error {
	c := p.table.byBind[nav]
	if c == nil || c.readOnly && c.name != "ownerid" {
		return refuse(payloadError(p.table.set, "An undeclared property '"+nav+"' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values."))
	}
	switch l.kind {
	case literalNull:
		r.binds = append(r.binds, bind{column: c, nav: nav})
	case literalText:
		r.binds = append(r.binds, bind{column: c, nav: nav, url: string(l.raw)})
	default:
		return refuse(payloadError(p.table.set, "The value of the annotation '"+nav+"@odata.bind' must be a string"))
	}
	return nil
}
