// Package source reads the records of an audience from files, buckets,
// databases and bodies of HTTP requests.
//
//	parts of files -> unpack -> format by name or content -> records
//	                            JSON:    window -> frames -> profile.Decoder
//	                            CSV:     window -> rows   -> profile.Table
//	                            Parquet: rows or objects  -> profile.Table or Decoder
//	query          -> rows                                -> profile.Table
//
// Invariants: Open pins a source, and a source that changes while it is read
// fails the run; memory is bounded by one record (16 MiB), not by the source; a
// broken record is excluded only where the start of the next one is certain,
// else reading stops with an error; io.EOF means a clean end.
//
// It must not know what a run does with records.
package source
