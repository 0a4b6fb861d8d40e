package simulator

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// apiPath is /api/data/v9.x/ and what follows.
var (
	versionPattern = regexp.MustCompile(`^v\d+\.\d+$`)
	apiPath        = regexp.MustCompile(`^/api/data/(v9\.\d)(?:/|$)`)
)

// afterAPI cuts the address of the API off a URL, whichever form it has.
func afterAPI(target string) string {
	if _, behind, found := strings.Cut(target, "/api/data/"); found {
		_, target, _ = strings.Cut(behind, "/")
	}
	return strings.TrimPrefix(target, "/")
}

const (
	maxURL        = 32768 // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
	maxURLInBatch = 65536
)

// dispatch answers one operation.
func (c *call) dispatch() *reply {
	limit := maxURL
	if c.inBatch {
		limit = maxURLInBatch
	}
	if len(c.target) > limit {
		return c.failed(fail(http.StatusRequestURITooLong, codeNone, "The length of the URL exceeds the maximum allowed length of %d.", limit))
	}
	r, err := c.route()
	if err != nil {
		return c.failed(err)
	}
	return r
}

// aim sets the target of the call; false when it does not lie below the API.
func (c *call) aim(target string) bool {
	c.target = target
	raw, query, _ := strings.Cut(target, "?")
	path, err := url.PathUnescape(raw)
	if err != nil {
		path = raw
	}
	prefix := apiPath.FindStringSubmatch(path)
	if prefix == nil {
		return false
	}
	c.version, c.path, c.query = prefix[1], path[len(prefix[0]):], query
	return true
}

func (c *call) route() (*reply, *apiError) {
	segments := splitPath(c.path)
	first := segments[0]
	if t := c.server.db.tables[first.name]; t != nil {
		return c.routeTable(t, segments)
	}
	switch {
	case first.name == "WhoAmI" && first.args == "" && len(segments) == 1:
		return c.whoAmI()
	case first.name == "RetrieveVersion" && first.args == "" && len(segments) == 1:
		return c.retrieveVersion()
	case first.name == "RetrieveTotalRecordCount" && len(segments) == 1:
		return c.totalCount(first.args)
	case first.name == "EntityDefinitions":
		return c.entityDefinitions(segments)
	case first.name == "RelationshipDefinitions" || first.name == "GlobalOptionSetDefinitions":
		return c.definitions(segments)
	case first.name == "":
		return c.serviceDocument()
	case first.name == "$metadata" && len(segments) == 1:
		return c.modelDocument()
	default:
		return c.fixedSets(segments)
	}
}

func (c *call) routeTable(t *table, segments []pathSegment) (*reply, *apiError) {
	if !segments[0].call {
		return c.routeSet(t, segments[1:])
	}
	k, err := t.parseKey(segments[0].args)
	if err != nil {
		return nil, err
	}
	rest := segments[1:]
	if len(rest) > 0 && collections[t.logical][rest[0].name] != "" {
		return c.routeCollection(t, k, rest)
	}
	switch {
	case len(rest) == 0:
		return c.routeRow(t, k)
	case len(rest) == 1 && c.method == http.MethodGet && t.byBind[rest[0].name] != nil && t.byProperty[rest[0].name] == nil:
		return c.follow(t, k, rest[0].name)
	case len(rest) == 1 && c.method == http.MethodGet:
		return c.property(t, k, rest[0].name, false)
	case len(rest) == 2 && rest[1].name == "$ref" && c.method == http.MethodGet:
		return c.showReference(t, k, rest[0].name)
	case len(rest) == 1 && (c.method == http.MethodPut || c.method == http.MethodDelete):
		return c.setProperty(t, k, rest[0].name)
	case len(rest) == 2 && rest[1].name == "$value" && c.method == http.MethodGet:
		return c.property(t, k, rest[0].name, true)
	case len(rest) == 2 && rest[1].name == "$ref" && (c.method == http.MethodPut || c.method == http.MethodDelete):
		return c.setReference(t, k, rest[0].name)
	case len(rest) == 1:
		return nil, wrongMethod(c.method)
	default:
		return nil, noSegment(rest[len(rest)-1].String())
	}
}

// routeCollection serves what lies below a row's one-to-many navigation property.
func (c *call) routeCollection(t *table, k rowKey, rest []pathSegment) (*reply, *apiError) {
	first, back := rest[0], collections[t.logical][rest[0].name]
	ref := len(rest) == 2 && rest[1].name == "$ref"
	switch {
	case len(rest) == 1 && !first.call && c.method == http.MethodGet:
		return c.related(t, k, first.name, back)
	case ref && !first.call && c.method == http.MethodGet:
		return c.relatedReferences(t, k, back)
	case ref && !first.call && c.method == http.MethodPost:
		return c.relate(t, k, back, referenceIn(c.body))
	case ref && first.call && c.method == http.MethodDelete:
		return c.relate(t, k, back, "contacts("+first.args+")")
	case ref && c.method == http.MethodDelete:
		return c.relate(t, k, back, parameters(c.query)["$id"])
	case len(rest) == 1 || ref:
		return nil, wrongMethod(c.method)
	default:
		return nil, noSegment(rest[1].String())
	}
}

func (c *call) routeSet(t *table, rest []pathSegment) (*reply, *apiError) {
	switch {
	case len(rest) == 0 && c.method == http.MethodGet:
		return c.retrieveMultiple(t)
	case len(rest) == 0 && c.method == http.MethodPost:
		return c.create(t)
	case len(rest) == 0:
		return nil, wrongMethod(c.method)
	case len(rest) > 1:
		return nil, noSegment(rest[1].String())
	}
	name := rest[0].name
	switch message, own := strings.CutPrefix(name, functionPrefix); {
	case name == "$count" && c.method == http.MethodGet:
		return c.countRows(t)
	case own && (message == "CreateMultiple" || message == "UpdateMultiple" || message == "UpsertMultiple"):
		if c.method != http.MethodPost {
			return nil, noResource(c.root, c.target)
		}
		return c.bulk(t, message)
	default:
		return nil, noSegment(rest[0].String())
	}
}

func (c *call) routeRow(t *table, k rowKey) (*reply, *apiError) {
	switch c.method {
	case http.MethodGet:
		return c.retrieve(t, k)
	case http.MethodPatch:
		return c.update(t, k)
	case http.MethodDelete:
		return c.remove(t, k)
	default:
		return nil, wrongMethod(c.method)
	}
}

// whoAmI is a function: a POST finds no resource
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami).
func (c *call) whoAmI() (*reply, *apiError) {
	c.kind = "WhoAmI"
	if c.method != http.MethodGet {
		return nil, noResource(c.root, c.target)
	}
	c.work(0)
	return c.json(http.StatusOK, appendAny(nil, object{
		{"@odata.context", c.context("Microsoft.Dynamics.CRM.WhoAmIResponse")},
		{"BusinessUnitId", businessUnitID}, {"UserId", userIDOf(c.app.user)}, {"OrganizationId", c.server.organization},
	})), nil
}

// serverVersion is what RetrieveVersion tells: some tools ask it first.
const serverVersion = "9.2.24112.00187"

// retrieveVersion is a function, too
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveversion).
func (c *call) retrieveVersion() (*reply, *apiError) {
	c.kind = "metadata"
	if c.method != http.MethodGet {
		return nil, noResource(c.root, c.target)
	}
	c.work(0)
	return c.json(http.StatusOK, appendAny(nil, object{
		{"@odata.context", c.context("Microsoft.Dynamics.CRM.RetrieveVersionResponse")}, {"Version", serverVersion},
	})), nil
}

func (c *call) serviceDocument() (*reply, *apiError) {
	c.kind = "metadata"
	if c.method != http.MethodGet {
		return nil, wrongMethod(c.method)
	}
	c.work(0)
	sets := []object{}
	for _, t := range c.server.db.inOrder() {
		sets = append(sets, object{{"name", t.set}, {"kind", "EntitySet"}, {"url", t.set}})
	}
	for _, name := range c.server.fixedNames() {
		sets = append(sets, object{{"name", name}, {"kind", "EntitySet"}, {"url", name}})
	}
	return c.json(http.StatusOK, appendAny(nil, object{{"@odata.context", c.api() + "$metadata"}, {"value", sets}})), nil
}

// totalCount answers RetrieveTotalRecordCount(EntityNames=['contact']), whose snapshot is always
// fresh here.
func (c *call) totalCount(args string) (*reply, *apiError) {
	c.kind = "count"
	if c.method != http.MethodGet {
		return nil, noResource(c.root, c.target)
	}
	name, text, _ := strings.Cut(args, "=")
	p := &expressionParser{text: text, aliases: parameters(c.query)}
	n, err := p.primary()
	if err != nil || strings.TrimSpace(name) != "EntityNames" || n.lit.kind != operandList {
		return nil, badRequest("The parameter 'EntityNames' of 'RetrieveTotalRecordCount' must be a list of logical names.")
	}
	c.work(0)
	c.server.db.mu.RLock()
	defer c.server.db.mu.RUnlock()
	keys, counts := []string{}, []int{}
	for _, entity := range n.lit.list {
		t := c.server.db.byLogical(entity.text)
		if t == nil {
			return nil, noEntity(entity.text)
		}
		keys, counts = append(keys, t.logical), append(counts, t.count())
	}
	return c.json(http.StatusOK, appendAny(nil, object{
		{"@odata.context", c.context("Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse")},
		{"EntityRecordCountCollection", object{{"Count", len(keys)}, {"IsReadOnly", false}, {"Keys", keys}, {"Values", counts}}},
	})), nil
}

func noEntity(name string) *apiError {
	return fail(http.StatusNotFound, codeNoEntity, "The entity with a name = '%s' with namemapping = 'Logical' was not found in the MetadataCache.", name)
}
