package dynamics

// Dataverse's codes that the client itself acts on.
const (
	codeRequestLimit      = "0x80072322"
	codeTimeLimit         = "0x80072321"
	codeConcurrencyLimit  = "0x80072326"
	codeDoesNotExist      = "0x80040217"
	codeStringTooLong     = "0x80044331"
	codePrivilegeDenied   = "0x80040220"
	codeNotMember         = "0x80072560"
	codeColumnSecurity    = "0x8004f507"
	codeDeadlock          = "0x80044150"
	codeRolledBack        = "0x80040255"
	codeSQLTimeout        = "0x80044151"
	codeAggregateLimit    = "0x8004e023"
	codeNoSegment         = "0x8006088a"
	codeNoSegmentOld      = "0x80060888"
	codeTooManyConditions = "0x8004430c"
	codeTooManyParameters = "0x8004430e"
	codeNoAttribute       = "0x80041103"
	codeNoEntity          = "0x80041102"
)

// codeMessageSize stands for a refusal that Dataverse gives no code of its own: its text tells it.
const codeMessageSize = "message_size"

// limitEntries are the service protection limits.
// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
func limitEntries() []Explanation {
	const wait = "Nothing to do: the client waits and slows down; other applications of the same user share the limit"
	return []Explanation{
		{codeRequestLimit, 429, "throttled", "too many requests in five minutes", ownerNobody, wait, true, Throttled},
		{codeTimeLimit, 429, "throttled", "the requests of five minutes took more server time than the user is allowed", ownerNobody, wait, true, Throttled},
		{codeConcurrencyLimit, 429, "throttled", "too many requests at the same time", ownerNobody, wait, true, Throttled},
		{"0x8005f103", 429, "throttled", "too many requests", ownerNobody, wait, true, Throttled},
	}
}

// rowEntries are refusals of one row for what it is.
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes
func rowEntries() []Explanation {
	const fixValue = "Correct the value in the audience's source, or the mapping, and replay the rejected rows"
	return []Explanation{
		{codeDoesNotExist, 404, "contact_not_found", "Dynamics has no such contact: it is none of this environment, or has been deleted", ownerData, "Check that the identity mapped to contactId holds contact ids of this environment; contacts are never created", false, NotFound},
		{"0x80060891", 404, "contact_not_found", "no contact has this key", ownerData, "Check the contact ids of the audience", false, NotFound},
		{codeStringTooLong, 400, "invalid_value", "a text is longer than its column allows", ownerData, "Shorten the value, or let the administrator lengthen the column, and replay the rejected rows", false, Rejected},
		{"0x80090429", 400, "invalid_value", "a text is longer than its column's place in the database", ownerData, fixValue, false, Rejected},
		{"0x8004431a", 400, "invalid_value", "a choice has no such option", ownerData, "Map to an option that the column has, or let the administrator add it, and replay the rejected rows", false, Rejected},
		{"0x80048d19", 400, "invalid_value", "Dynamics cannot read a value: it does not fit the type of its column", ownerData, fixValue, false, Rejected},
		{"0x0", 400, "invalid_value", "Dynamics cannot read the request: a column or a value does not fit", ownerData, fixValue, false, Rejected},
		{"0x80040203", 400, "invalid_value", "a value is not valid for its column", ownerData, fixValue, false, Rejected},
		{"0x80040278", 400, "invalid_value", "a text holds a character that Dynamics does not allow", ownerData, fixValue, false, Rejected},
		{"0x80044330", 400, "invalid_value", "a number or date is outside the range of its column", ownerData, fixValue, false, Rejected},
		{"0x80040239", 400, "invalid_value", "a date is before 1753, or not a date", ownerData, fixValue, false, Rejected},
		{"0x80060892", 412, "duplicate", "another contact already has this value in a column that must be unique", ownerData, "Correct the value, or merge the contacts, and replay the rejected rows", false, Rejected},
		{"0x80040237", 412, "duplicate", "another contact already has these key values", ownerData, "Correct the value, or merge the contacts, and replay the rejected rows", false, Rejected},
		{"0x80040333", 412, "duplicate", "duplicate detection found another contact like this one", ownerAdmin, "Merge the contacts or change the duplicate detection rule, and replay the rejected rows", false, Rejected},
		{"0x80060882", 412, "changed_meanwhile", "the contact has been changed by somebody else meanwhile", ownerNobody, "Replay the rejected rows", false, Rejected},
		{"0x80040265", 400, "plugin_error", "a plug-in of the environment refused the contact", ownerPlugin, "Read the plug-in's text with the rejected row, correct the data or the plug-in, and replay", false, Rejected},
		{"0x80040251", 500, "plugin_error", "a plug-in of the environment swallowed an error and broke the transaction", ownerPlugin, "Correct the plug-in: it must not catch errors of the data service and go on", false, Rejected},
	}
}

// accessEntries are refusals of what the application user may do.
// https://learn.microsoft.com/power-apps/developer/data-platform/authenticate-oauth
func accessEntries() []Explanation {
	const grant = "Give the application user a security role that may read and write Contact (organization level)"
	return []Explanation{
		{codeNotMember, 403, "no_application_user", "signed in, but the app registration has no application user in this environment", ownerAdmin, "Power Platform admin center > the environment > Settings > Application users: add the app by its client id and give it a security role", false, Forbidden},
		{"0x80095ffc", 403, "no_privilege", "the environment blocks this application id", ownerAdmin, "Allow the application in the environment's access control for apps", false, Forbidden},
		{"0x80040225", 403, "no_privilege", "the application user is disabled", ownerAdmin, "Activate the application user in the Power Platform admin center", false, Forbidden},
		{"0x8004d24b", 403, "no_privilege", "the application user is disabled", ownerAdmin, "Activate the application user in the Power Platform admin center", false, Forbidden},
		{"0x8004a112", 403, "no_privilege", "the application user is disabled", ownerAdmin, "Activate the application user in the Power Platform admin center", false, Forbidden},
		{"0x8004a104", 403, "unavailable", "the environment is disabled", ownerAdmin, "Bring the environment back in the Power Platform admin center", false, Forbidden},
		{codePrivilegeDenied, 403, "no_privilege", "the application user's security role lacks a privilege", ownerAdmin, grant, false, Forbidden},
		{"0x80048306", 403, "no_privilege", "the application user may not change this contact", ownerAdmin, grant, false, Forbidden},
		{"0x80040299", 403, "no_privilege", "the application user may not change this contact", ownerAdmin, grant, false, Forbidden},
		{"0x80042f09", 403, "no_privilege", "the application user has no security role", ownerAdmin, grant, false, Forbidden},
		{codeColumnSecurity, 403, "no_privilege", "column security keeps the application user from writing a column", ownerAdmin, "Add the application user to a column security profile that may read and update the column", false, Forbidden},
	}
}

// sqlFailure stands for a failure of the database that is no deadlock, though it comes with that
// code.
func sqlFailure(status int) Explanation {
	return Explanation{codeDeadlock, status, "server_error", "the database behind Dynamics failed", ownerAdmin, actionAsk, true, ServerError}
}

// serverEntries are failures of Dynamics that are not about one row.
// https://learn.microsoft.com/troubleshoot/power-platform/dataverse/working-with-solutions/bulk-operation-errors
func serverEntries() []Explanation {
	const admin = "Nothing to do, unless it lasts: then look at the service health of the environment"
	return []Explanation{
		{"0x80040216", 500, "server_error", "an unexpected error in Dynamics", ownerAdmin, actionAsk, true, ServerError},
		{codeDeadlock, 500, "deadlock", "lost against another transaction on the same rows", ownerNobody, "Nothing to do: the client tries again; if it goes on, find what else changes the same contacts at that time", true, Deadlock},
		{codeRolledBack, 500, "deadlock", "the transaction was rolled back by another one's lock", ownerNobody, "Nothing to do: the client tries again; if it goes on, look for plug-ins that lock rows", true, Deadlock},
		{codeSQLTimeout, 500, "timeout", "the database took too long for this many rows", ownerNobody, "Nothing to do: the client sends fewer rows in a request; a smaller DYNAMICS_REQUEST_SIZE avoids the detour", true, TooLarge},
		{codeMessageSize, 0, "too_large", "the request is larger than plug-ins may receive", ownerNobody, "Nothing to do: the client sends fewer rows in a request; a smaller DYNAMICS_REQUEST_SIZE avoids the detour", true, TooLarge},
		{codeTooManyConditions, 400, "too_large", "the query holds too many conditions", ownerNobody, "Nothing to do: the client asks for fewer contacts at a time", true, TooLarge},
		{codeTooManyParameters, 400, "too_large", "the query holds too many values", ownerNobody, "Nothing to do: the client asks for fewer contacts at a time", true, TooLarge},
		{codeAggregateLimit, 400, "too_large", "more than 50,000 contacts match, which Dynamics does not count at once", ownerNobody, "Nothing to do: the client counts page by page", true, TooLarge},
		{"0x80071151", 503, "unavailable", "a solution is being imported", ownerNobody, admin, true, Unavailable},
		{"0x80048543", 503, "unavailable", "a solution is being imported", ownerNobody, admin, true, Unavailable},
		{codeNoSegment, 404, "misconfigured", "the environment does not know what was asked for", ownerAdmin, "Check that DYNAMICS_ENVIRONMENT is a Dataverse environment with the contact table", false, NotFound},
		{codeNoAttribute, 404, "no_column", "contact has no such column", ownerAdmin, "Create the column, publish it, or correct the Mapping ID or mapping", false, NotFound},
		{codeNoEntity, 404, "no_column", "the environment has no such table", ownerAdmin, "Check that DYNAMICS_ENVIRONMENT is a Dataverse environment with the contact table", false, NotFound},
	}
}
