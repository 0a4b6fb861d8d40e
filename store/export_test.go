package store

// WithPageRows makes pages smaller, so that a few rows fill several.
func WithPageRows(n int) Option { return func(s *Store) { s.page = n } }
