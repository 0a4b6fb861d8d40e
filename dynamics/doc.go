// Package dynamics is a client of the Dataverse Web API for one table, contact:
// sign-in, column metadata, reading, updating and counting contacts, obeying the
// service protection limits, and errors that say what happened, why, and what to do.
//
// It owns everything that is specific to Microsoft Dynamics 365. It knows nothing
// of audiences, stores or workflows, keeps no state on disk, and reads no
// environment variable. It never creates a contact, and it sends its token to the
// configured environment's host only.
package dynamics
