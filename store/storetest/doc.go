// Package storetest gives tests a PostgreSQL of their own. It owns the throw-away server and its
// databases; it knows nothing of the store's schema.
package storetest
