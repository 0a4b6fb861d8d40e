package dynamics

import "net/http"

// Codes of our own, for failures that come without one.
const (
	codeDNS      = "dns"
	codeTLS      = "tls"
	codeRefused  = "refused"
	codeNetwork  = "network"
	codeTimeout  = "timeout"
	codeCut      = "cut"
	codeRedirect = "redirect"
	codeForeign  = "foreign_link"
	codeSecret   = "secret_unreadable"
	// codeFederated is for a token of another identity provider that cannot be used.
	codeFederated = "federated_token"
	// Codes of the endpoint of managed identities: it does not answer, cannot answer now, answers as
	// something else, knows no such identity, refuses.
	codeNoIdentity       = "no_identity_endpoint"
	codeIdentityBusy     = "identity_endpoint_busy"
	codeNoIdentityAnswer = "not_identity_endpoint"
	codeIdentityUnknown  = "identity_not_found"
	codeIdentityRefused  = "identity_refused"
	codeNoToken          = "no_token"
	codeNoSignIn         = "not_sign_in"
	codeAnswer           = "not_dataverse"
	// codeOtherEnvironment is for an answer of Dynamics, but not of the environment that was asked.
	codeOtherEnvironment = "another_environment"
	codeCanceled         = "canceled"
)

// Actions that an error knows better than the catalogue.
const (
	actionReadBack  = "Nothing to do: the contacts are read back before anything is sent again"
	actionWait      = "Nothing to do: the rows are sent again; if it lasts, look at the service health of the environment"
	actionAsk       = "Nothing to do, unless it lasts: then ask Microsoft's support with the request id"
	actionReplay    = "Replay the rejected rows; if it happens again, ask Microsoft's support with the request id"
	actionReadAgain = "Nothing to do: it is asked again until Dynamics answers"
)

// signInEntries are the failures of the token endpoint. The HTTP status varies with the code's age.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func signInEntries() []Explanation {
	const (
		newSecret    = "Copy the secret's Value (not its Secret ID) from the app registration into DYNAMICS_CLIENT_SECRET, or make a new one"
		fixTenant    = "Set DYNAMICS_TENANT_ID to the directory (tenant) id shown on the app registration's overview page"
		fixSignIn    = "Nothing to do: the client asks again; if it lasts, check DYNAMICS_AUTHORITY (without it the address is Microsoft's), and any proxy in between"
		fixFederated = "Give the app registration a federated credential with the issuer, subject and audience of that token; on AKS the cluster's issuer, the pod's service account and api://AzureADTokenExchange"
		fixEnviron   = "Check DYNAMICS_ENVIRONMENT and DYNAMICS_REGION, and that DYNAMICS_TENANT_ID is the tenant of that environment"
	)
	return []Explanation{
		{"AADSTS7000215", 401, "sign_in", "the client secret is wrong", ownerOperator, newSecret, false, Misconfigured},
		{"AADSTS7000222", 401, "sign_in", "the client secret has expired", ownerEntra, "Make a new secret in the app registration and put its Value into DYNAMICS_CLIENT_SECRET", false, Misconfigured},
		{"AADSTS7000216", 401, "sign_in", "no client secret or certificate was sent", ownerOperator, "Set DYNAMICS_CLIENT_SECRET", false, Misconfigured},
		{"AADSTS7000218", 401, "sign_in", "no client secret or certificate was sent", ownerOperator, "Set DYNAMICS_CLIENT_SECRET", false, Misconfigured},
		{"AADSTS700024", 401, "sign_in", "the assertion made with the certificate, or the federated token, is not valid at this time", ownerOperator, "Set this host's clock right, and check that the certificate has not expired and the federated token is renewed", false, Misconfigured},
		{"AADSTS700025", 401, "sign_in", "the app registration is a public client, which may have no secret or certificate", ownerEntra, "Set Allow public client flows to No on the app registration's Authentication page, or use another app registration", false, Misconfigured},
		{"AADSTS700016", 400, "sign_in", "the app registration is not in this tenant", ownerOperator, "Check DYNAMICS_CLIENT_ID and DYNAMICS_TENANT_ID against the app registration's overview page", false, Misconfigured},
		{"AADSTS700027", 401, "sign_in", "the certificate is not the one of the app registration", ownerEntra, "Upload the certificate to the app registration, or use the one that is there", false, Misconfigured},
		{"AADSTS70021", 400, "sign_in", "no federated credential of the app registration matches the federated token", ownerEntra, fixFederated, false, Misconfigured},
		{"AADSTS700211", 400, "sign_in", "no federated credential of the app registration has the federated token's issuer", ownerEntra, fixFederated, false, Misconfigured},
		{"AADSTS700212", 400, "sign_in", "no federated credential of the app registration has the federated token's audience", ownerEntra, fixFederated, false, Misconfigured},
		{"AADSTS700213", 400, "sign_in", "no federated credential of the app registration has the federated token's subject", ownerEntra, fixFederated, false, Misconfigured},
		{"AADSTS7000229", 400, "sign_in", "the app registration has no service principal in this tenant", ownerEntra, "Consent to the app in this tenant, or correct DYNAMICS_TENANT_ID", false, Misconfigured},
		{"AADSTS7000112", 400, "sign_in", "the application is disabled", ownerEntra, "Enable the enterprise application in Entra", false, Misconfigured},
		{"AADSTS90002", 400, "sign_in", "there is no such tenant", ownerOperator, fixTenant, false, Misconfigured},
		{"AADSTS900023", 400, "sign_in", "the tenant id is neither a GUID nor a domain name", ownerOperator, fixTenant, false, Misconfigured},
		{"AADSTS90023", 400, "sign_in", "the token endpoint cannot read the request", ownerOperator, fixTenant, false, Misconfigured},
		{"AADSTS500011", 400, "sign_in", "the tenant does not know this environment's address", ownerOperator, fixEnviron, false, Misconfigured},
		{"AADSTS50001", 400, "sign_in", "the tenant does not know this environment's address", ownerOperator, fixEnviron, false, Misconfigured},
		{"AADSTS500014", 400, "sign_in", "the tenant has Dynamics disabled", ownerEntra, "Enable the enterprise application Dataverse in Entra", false, Misconfigured},
		{"AADSTS70011", 400, "sign_in", "the tenant does not accept this environment's address as a scope", ownerOperator, fixEnviron, false, Misconfigured},
		{"AADSTS900144", 400, "sign_in", "the token endpoint misses a parameter", ownerOperator, "Check DYNAMICS_CLIENT_ID and DYNAMICS_AUTHORITY", false, Misconfigured},
		{"AADSTS53003", 400, "sign_in", "a Conditional Access policy forbids the sign-in", ownerEntra, "Let the policy for workload identities allow this application from this host's address", false, Misconfigured},
		{"AADSTS90033", 503, "sign_in_unavailable", "the sign-in service is overloaded", ownerNobody, "Nothing to do: the client tries again", true, Unavailable},
		{"AADSTS90006", 503, "sign_in_unavailable", "the sign-in service had an internal error", ownerNobody, "Nothing to do: the client tries again", true, Unavailable},
		{"AADSTS50196", 400, "sign_in_unavailable", "the sign-in service saw too many sign-ins from this application", ownerNobody, "Nothing to do: the client tries again", true, Unavailable},
		{"invalid_client", 401, "sign_in", "the client id or its secret is wrong", ownerOperator, newSecret, false, Misconfigured},
		{"unauthorized_client", 400, "sign_in", "the app registration is not in this tenant", ownerOperator, "Check DYNAMICS_CLIENT_ID and DYNAMICS_TENANT_ID against the app registration's overview page", false, Misconfigured},
		{"invalid_tenant", 400, "sign_in", "there is no such tenant", ownerOperator, fixTenant, false, Misconfigured},
		{"invalid_scope", 400, "sign_in", "the tenant does not accept this environment's address as a scope", ownerOperator, fixEnviron, false, Misconfigured},
		{"invalid_resource", 400, "sign_in", "the tenant does not know this environment's address", ownerOperator, fixEnviron, false, Misconfigured},
		{"invalid_request", 400, "sign_in", "the token endpoint cannot read the request", ownerOperator, "Check DYNAMICS_TENANT_ID and DYNAMICS_AUTHORITY", false, Misconfigured},
		{"unsupported_grant_type", 400, "sign_in", "the token endpoint does not know client credentials", ownerOperator, "Check DYNAMICS_AUTHORITY", false, Misconfigured},
		{"temporarily_unavailable", 503, "sign_in_unavailable", "the sign-in service is overloaded", ownerNobody, "Nothing to do: the client tries again", true, Unavailable},
		{codeSecret, 0, "sign_in", "the client secret or certificate cannot be read", ownerOperator, "Check DYNAMICS_CLIENT_SECRET, or the file that DYNAMICS_CLIENT_SECRET_FILE names", false, Misconfigured},
		{codeFederated, 0, "sign_in", "the federated token cannot be used", ownerOperator, "Check the file that AZURE_FEDERATED_TOKEN_FILE or DYNAMICS_FEDERATED_TOKEN_FILE names, and who renews it: on AKS the workload identity webhook, for pods with its label and service account", false, Misconfigured},
		{codeNoIdentity, 0, "sign_in_unavailable", "no endpoint of managed identities answers here", ownerOperator, "Run the worker on an Azure resource that has a managed identity, let it reach the endpoint, or set DYNAMICS_CREDENTIAL to another way to sign in, if it lasts", true, Unavailable},
		{codeIdentityBusy, 0, "sign_in_unavailable", "the endpoint of managed identities cannot answer now", ownerNobody, "Nothing to do: the client asks again; if it lasts, look at the health of the Azure resource that the worker runs on", true, Unavailable},
		{codeNoIdentityAnswer, 0, "sign_in_unavailable", "what answers in place of the endpoint of managed identities gives no token as that does", ownerOperator, "Nothing to do: the client asks again; if it lasts, check IDENTITY_ENDPOINT, if it is set, and what stands between the worker and the endpoint", true, Unavailable},
		{codeIdentityUnknown, 400, "sign_in", "the Azure resource that the worker runs on has no such managed identity", ownerOperator, "Assign the identity to that resource, and check DYNAMICS_CLIENT_ID: the client id of a user-assigned identity, or nothing for the system-assigned one", false, Misconfigured},
		{codeIdentityRefused, 0, "sign_in", "the endpoint of managed identities refuses the worker", ownerOperator, "Check IDENTITY_ENDPOINT and IDENTITY_HEADER, if they are set, and that the Azure resource has a managed identity", false, Misconfigured},
		{codeNoToken, 0, "sign_in_unavailable", "the token endpoint's answer holds no token as the sign-in service gives it", ownerOperator, fixSignIn, true, Unavailable},
		{codeNoSignIn, 0, "sign_in_unavailable", "the sign-in address did not answer as a sign-in service does", ownerOperator, fixSignIn, true, Unavailable},
	}
}

// signInRefusal stands for codes of the sign-in service that the catalogue does not have.
func signInRefusal(status int) Explanation {
	x := Explanation{Status: status, Reason: "sign_in", Cause: "the sign-in service refused the credential", Owner: ownerEntra, Class: Misconfigured,
		Action: "Check DYNAMICS_CLIENT_ID, its secret or certificate and DYNAMICS_TENANT_ID; Microsoft's page on AADSTS codes explains this one"}
	if status >= http.StatusInternalServerError {
		x.Reason, x.Cause, x.Class, x.Retry = "sign_in_unavailable", "the sign-in service failed", Unavailable, true
		x.Owner, x.Action = ownerNobody, "Nothing to do: the client tries again"
	}
	return x
}

// networkEntries are failures on the way.
func networkEntries() []Explanation {
	return []Explanation{
		{codeDNS, 0, "unavailable", "the host name does not resolve", ownerOperator, "Check this host's DNS, and DYNAMICS_ENVIRONMENT and DYNAMICS_REGION for a typing error, if it lasts", true, Unavailable},
		{codeTLS, 0, "misconfigured", "no secure connection could be made", ownerOperator, "Check the address, this host's clock and trusted certificates, and any proxy that inspects traffic", false, Misconfigured},
		{codeRefused, 0, "unavailable", "the connection was refused", ownerOperator, "Check that the address and port are right and that a firewall lets this host out, if it lasts", true, Unavailable},
		{codeNetwork, 0, "unavailable", "the network failed before the request was sent", ownerOperator, "Check the network between this host and Dynamics, if it lasts", true, Unavailable},
		{codeTimeout, 0, "timeout", "no answer within the request's time", ownerNobody, "Nothing to do: the contacts are read back before anything is sent again", true, TimedOut},
		{codeCut, 0, "outcome_unknown", "the connection was cut before the answer came", ownerNobody, "Nothing to do: the contacts are read back before anything is sent again", true, Unknown},
		{codeCanceled, 0, "canceled", "stopped before it was sent", ownerNobody, "", true, Unavailable},
		{codeRedirect, 0, "misconfigured", "the answer points to another address, which the token must not go to", ownerOperator, "Check DYNAMICS_ENVIRONMENT: give the address that the environment answers at itself", false, Misconfigured},
		{codeForeign, 0, "misconfigured", "the link to the next page leads to another host, which the token must not go to", ownerAdmin, "Check DYNAMICS_ENVIRONMENT, and any proxy that rewrites answers", false, Misconfigured},
		{codeOtherEnvironment, 0, "misconfigured", "the answer is another environment's", ownerOperator, "Check DYNAMICS_ENVIRONMENT, and any proxy in between: what was exported belongs to the environment that answered before", false, Misconfigured},
		{codeAnswer, 0, "not_dataverse", "the answer is not one of the Dataverse Web API: a proxy, a captive portal, a sign-in or maintenance page may have given it", ownerOperator, actionReadAgain + "; if it lasts, check DYNAMICS_ENVIRONMENT and what stands between this host and Dynamics", true, Unavailable},
	}
}

// statusEntries stand for answers without a known code.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
func statusEntries() []Explanation {
	const health = "Nothing to do, unless it lasts: then look at the service health of the environment"
	return []Explanation{
		{"", 400, "invalid_value", "Dynamics cannot take the request as it is", ownerData, "Read Dynamics' own text with the rejected row, correct the value or the mapping, and replay", false, Rejected},
		{"", 401, "sign_in", "the environment does not accept the token", ownerOperator, "Check that DYNAMICS_TENANT_ID is the tenant of this environment and DYNAMICS_ENVIRONMENT its address", false, Unauthorized},
		{"", 403, "no_privilege", "the application user may not do this", ownerAdmin, "Give the application user a security role that may read and write Contact", false, Forbidden},
		{"", 404, "not_found", "it does not exist in this environment", ownerOperator, "Check DYNAMICS_ENVIRONMENT and what was asked for", false, NotFound},
		{"", 405, "misconfigured", "the environment does not know this kind of request", ownerOperator, "Check DYNAMICS_ENVIRONMENT, and any proxy in between", false, Rejected},
		{"", 408, "timeout", "the request took too long", ownerNobody, health, true, TimedOut},
		{"", 412, "changed_meanwhile", "the contact is not as the request expects", ownerData, "Replay the rejected rows", false, Rejected},
		{"", 413, "too_large", "the request is too large", ownerNobody, "Nothing to do: the client sends fewer rows in a request; a smaller DYNAMICS_REQUEST_SIZE avoids the detour", true, TooLarge},
		{"", 414, "too_large", "the address of the request is too long", ownerNobody, "Nothing to do: the client asks for fewer contacts at a time", true, TooLarge},
		{"", 429, "throttled", "too many requests", ownerNobody, "Nothing to do: the client waits and slows down; other applications of the same user share the limit", true, Throttled},
		{"", 500, "server_error", "Dynamics had an error of its own", ownerAdmin, actionAsk, true, ServerError},
		{"", 501, "misconfigured", "the environment does not support this operation", ownerAdmin, "Check that the environment is a current Dataverse environment", false, Rejected},
		{"", 502, "unavailable", "a gateway before Dynamics got no answer from it", ownerNobody, health, true, Unavailable},
		{"", 503, "unavailable", "Dynamics is not available", ownerNobody, health, true, Unavailable},
		{"", 504, "timeout", "a gateway before Dynamics waited too long for its answer", ownerNobody, health, true, TimedOut},
	}
}
