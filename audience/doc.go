// Package audience owns what an audience is: activation files, profiles and
// their identities, statuses and times, and the readers for every source
// format. It turns a source into a stream of Records for one audience.
//
// It knows nothing of Dynamics, of the activation store or of Temporal, and
// reads no environment: callers pass in the clock, the allowed folders and
// database connections. Error texts never hold contact ids or attribute values.
package audience
