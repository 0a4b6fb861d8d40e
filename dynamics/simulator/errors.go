package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// apiError is an answer that refuses. Its texts are the documented ones, to the letter: clients
// match on them.
type apiError struct {
	status        int
	code, message string
	header        [][2]string
	wait          time.Duration // the Retry-After of a limit
	html          bool          // a gateway in front of the service answers in HTML
	subCode       string
}

// Codes of
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes.
const (
	codeNone             = "0x0"
	codeMissing          = "0x80040217"
	codePrivilege        = "0x80040220"
	codeDuplicateKey     = "0x80040237"
	codeDuplicate        = "0x80040333"
	codePlugin           = "0x80040265"
	codeInvalidArgument  = "0x80040203"
	codeUnexpected       = "0x80040216"
	codeSQLDeadlock      = "0x80044150"
	codeSQLTimeout       = "0x80044151"
	codeTooLong          = "0x80044331"
	codeOutOfRange       = "0x80044330"
	codeChoiceRange      = "0x8004431a"
	codePayload          = "0x80048d19"
	codeStaleVersion     = "0x80060882"
	codeBadRequest       = "0x80060888"
	codeSegment          = "0x8006088a"
	codeKeyMissing       = "0x80060891"
	codeRequestLimit     = "0x80072322"
	codeTimeLimit        = "0x80072321"
	codeConcurrencyLimit = "0x80072326"
	codeNoAttribute      = "0x80041103"
	codeNoEntity         = "0x80041102"
	codeNoMember         = "0x80072560"
	codeAggregateLimit   = "0x8004E023"
	codeTooManyValues    = "0x8004430E"
	codeDateRange        = "0x80040239"
	codeSecuredColumn    = "0x8004f507"
)

func fail(status int, code, format string, args ...any) *apiError {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *apiError {
	return fail(http.StatusBadRequest, codeBadRequest, format, args...)
}

// payloadError is what the service says when it cannot read a row's JSON.
func payloadError(set, inner string) *apiError {
	return payloadFailure(set, "Microsoft.OData.ODataException: "+inner)
}

func payloadFailure(set, exception string) *apiError {
	return fail(http.StatusBadRequest, codePayload, "Error identified in Payload provided by the user for Entity :'%s', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : %s.", set, strings.TrimSuffix(exception, "."))
}

// noStream is what becomes of a body that is not there.
func noStream(set string) *apiError {
	return payloadFailure(set, "System.ArgumentException: Stream was not readable.")
}

func unknownProperty(t *table, name string) *apiError {
	return fail(http.StatusBadRequest, codeNone, "An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property '%s' was found in entity 'Microsoft.Dynamics.CRM.%s'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.", name, t.logical)
}

func unknownQueryProperty(entity, name string) *apiError {
	return fail(http.StatusBadRequest, codeNone, "Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'.", name, entity)
}

// wrongType is what the service says of a literal that its column cannot take.
func wrongType(literal, edm string) *apiError {
	inner := "Input string was not in a correct format."
	switch edm {
	case "Edm.Date":
		inner = "String '" + literal + "' was not recognized as a valid Edm.Date."
	case "Edm.Guid":
		inner = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
	}
	return payloadError("", "Cannot convert the literal '"+literal+"' to the expected type '"+edm+"'. ---> System.FormatException: "+inner)
}

func tooLong(t *table, c *attribute) *apiError {
	return fail(http.StatusBadRequest, codeTooLong, "A validation error occurred.  The length of the '%s' attribute of the '%s' entity exceeded the maximum allowed length of '%d'.", c.name, t.logical, c.maxLength)
}

func outOfRange(t *table, c *attribute) *apiError {
	return fail(http.StatusBadRequest, codeOutOfRange, "A validation error occurred.  The value of '%s' on record of type '%s' is outside the valid range.", c.name, t.logical)
}

func notAnOption(t *table, c *attribute, n int64) *apiError {
	return fail(http.StatusBadRequest, codeChoiceRange, "A validation error occurred. The value %d of '%s' on record of type '%s' is outside the valid range. Accepted Values: %s", n, c.name, t.logical, acceptedValues(c))
}

func acceptedValues(c *attribute) string {
	values := make([]string, len(c.options))
	for i, o := range c.options {
		values[i] = fmt.Sprint(o.value)
	}
	return strings.Join(values, ",")
}

func securedColumn(t *table, c *attribute) *apiError {
	return fail(http.StatusForbidden, codeSecuredColumn, "Caller user with Id %s does not have update permissions to a %s secured field on entity %s. The requested operation could not be completed.", applicationUserID, c.name, t.logical)
}

func rowMissing(t *table, id guid) *apiError {
	return fail(http.StatusNotFound, codeMissing, "Entity '%s' With Id = %s Does Not Exist", t.logical, id)
}

// rowsMissing names the first missing row alone: nothing promises that the service names more.
func rowsMissing(t *table, id guid) *apiError {
	return fail(http.StatusNotFound, codeMissing, "%s With Ids = %s Do Not Exist", t.schema, id)
}

func staleVersion() *apiError {
	return fail(http.StatusPreconditionFailed, codeStaleVersion, "The version of the existing record doesn't match the RowVersion property provided.")
}

func rowExists() *apiError {
	return fail(http.StatusPreconditionFailed, codeDuplicateKey, "A record with matching key values already exists.")
}

func noAttribute(t *table, name string) *apiError {
	return fail(http.StatusNotFound, codeNoAttribute, "'%s' entity doesn't contain attribute with Name = '%s' and NameMapping = 'Logical'. MetadataCacheDetails: ProviderType=Dynamic, StandardCache=True", t.logical, name)
}

func noSegment(segment string) *apiError {
	return fail(http.StatusNotFound, codeSegment, "Resource not found for the segment '%s'.", segment)
}

// noVersion refuses what names no version behind /api/data/, and what is not below it at all.
func noVersion(base, target string) *apiError {
	path, _, _ := strings.Cut(target, "?")
	if behind, below := strings.CutPrefix(path, "/api/data/"); below {
		name, _, _ := strings.Cut(behind, "/")
		if name != "" && !versionPattern.MatchString(name) {
			return badRequest("Requested API Version '%s' was not understood. Please provide in the format /api/data/v<Major>.<Minor>/ (example: /api/data/v7.2/)", name)
		}
	}
	return noResource(base, target)
}

func noResource(base, target string) *apiError {
	return fail(http.StatusNotFound, "", "No HTTP resource was found that matches the request URI '%s%s'.", base, target)
}

func wrongMethod(method string) *apiError {
	return fail(http.StatusMethodNotAllowed, codeNone, "The requested resource does not support http method '%s'.", method)
}

// appendBody writes the error envelope; with details when annotations were asked for.
func (e *apiError) appendBody(b []byte, annotated bool) []byte {
	if e.html {
		return append(b, fmt.Sprintf("<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n<hr><center>Microsoft-Azure-Application-Gateway/v2</center>\r\n</body>\r\n</html>\r\n",
			e.status, http.StatusText(e.status), e.status, http.StatusText(e.status))...)
	}
	body := object{{"code", e.code}, {"message", e.message}}
	if annotated {
		body = append(body,
			jsonMember{"@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus", "1"},
			jsonMember{"@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode", e.subCode},
			jsonMember{"@Microsoft.PowerApps.CDS.HelpLink", "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a" + strings.TrimPrefix(e.code, "0x") + "&client=platform"},
			jsonMember{"@Microsoft.PowerApps.CDS.TraceText", ""},
			jsonMember{"@Microsoft.PowerApps.CDS.InnerError.Message", e.message})
	}
	return appendAny(b, object{{"error", body}})
}
