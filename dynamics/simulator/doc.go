// Package simulator is a Dataverse Web API to run and rehearse against: the token endpoint,
// contacts and accounts with their metadata, $batch, the bulk messages, the service protection
// limits and the errors of the real service, to the letter where Microsoft documents them and by
// what independent clients expect where it does not. It owns its rows and knows nothing of the rest
// of this repository, so that it can prove the client instead of agreeing with it.
//
// # Use
//
// Start serves an environment on a free loopback port, New gives an http.Handler, and the command
// in cmd does the same from a shell. Sign in with the tenant, client and secret of Options at
// /{tenant}/oauth2/v2.0/token.
//
// # Control
//
// Below /_simulator/, without a token and never counted, limited or delayed:
//
//	GET  contacts             ids, one per line, in the order of the primary key
//	GET  contacts?select=a,b  CSV with that header; dates YYYY-MM-DD, null empty
//	POST contacts             [{contactid, col: value} | {contactid, delete: true}] behind the client's back: rows that
//	                          do not exist are made; such changes are by another user, and no writes in the sense below
//	GET  stats                see Stats and Allowed
//	GET  writes               NDJSON {time, contactid, columns, kind, headers}, the last 100,000, the oldest first; kind
//	                          is create, update, upsert, delete or the name of a bulk message
//	POST faults               a Fault or a list of them; GET lists those in force, DELETE ends them
//	POST limits               changes the Limits named in the body; GET shows them all
//	POST reset                forgets counts, writes, faults and what the limits' windows hold; with ?contacts=true the
//	                          rows are as at the start again
//
// # Load
//
// A request that is let in takes Latency, and RowLatency for each row written, on one of Servers;
// beyond Parallelism requests on one server each takes longer in proportion. That time is what the
// execution-time limit counts. Each server keeps its own windows of 300 s; a client that returns
// the ARRAffinity cookie stays on its server, all others are spread evenly. TimeScale runs this
// clock faster: windows and latencies shrink, Retry-After counts real seconds. A refused request is
// told to wait until there is room again, and each one inside that time adds to it.
//
// # Changes and FetchXML
//
// With Prefer: odata.track-changes a reading ends in an @odata.deltaLink, whose $deltatoken brings
// what is new, changed or deleted since; deletions are known from the start of the process on.
// fetchXml= takes queries of one table: attributes, filters, orders and pages. Aggregates,
// link-entity, wildcards inside of a pattern and operators of relative time are answered with 501.
//
// # Choices
//
// Where nothing is published, one place decides, and a client should not care: an unknown column
// asked for by name is 404 with 0x80041103 (attribute); a bulk request names only the first missing
// row (rowsMissing); an empty text is stored as null (column.put); a URL that is too long is 414
// (dispatch); more than 2,000 values in one query are refused with 0x8004430E (maxValues); primary
// keys are ordered by their bytes (table.compareIDs); money is kept and shown with four decimals
// (moneyDigits); non-ASCII is escaped in JSON (appendQuoted); null clears a choice and a boolean as
// it does any column that is not SystemRequired, and their default is for new rows alone
// (nullNumber); a batch whose end is missing is taken to the end of its body (splitParts); a
// duplicate is 412, where one page has 500 (duplicates); only a resource with the name of a cloud
// can be another environment's (ofOtherEnvironment).
package simulator
