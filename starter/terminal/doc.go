// Package terminal is how the starter prints: documents for programs, tables for spreadsheets and
// for people, and how far a run is. Words of others stay words, whatever prints them. It knows
// reports, and nothing of how they are come by.
package terminal
