package source

import (
	"bytes"
	"fmt"
	"strings"

	"audienceflow/audience"
)

// foreign are files that are mistaken for tables and lists of records, by
// their first bytes.
var foreign = []struct{ start, name, advice string }{
	{"%PDF-", "a PDF document", "export the audience as CSV, JSON or Parquet"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (xls)", "save it as CSV UTF-8"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it, or pack it with gzip"},
	{"Rar!\x1a\x07", "a RAR archive", "unpack it, or pack it with gzip"},
	{"BZh", "packed with bzip2", "pack it with gzip or zstd"},
	{"\xfd7zXZ\x00", "packed with xz", "pack it with gzip or zstd"},
	{"SQLite format 3\x00", "a SQLite database", "export the audience as CSV, JSON or Parquet"},
	{"Obj\x01", "an Avro file", "export the audience as CSV, JSON or Parquet"},
	{"PARE", "an encrypted Parquet file", "export the audience without encryption"},
	{"ARROW1", "an Arrow file", "export the audience as CSV, JSON or Parquet"},
	{"\x89PNG\r\n", "a picture", "export the audience as CSV, JSON or Parquet"},
	{"\xff\xd8\xff", "a picture", "export the audience as CSV, JSON or Parquet"},
	{"\x04\x22\x4d\x18", "packed with lz4", "pack it with gzip or zstd"},
	{"\xff\x06\x00\x00sNaPpY", "packed with snappy", "pack it with gzip or zstd"},
	{"\x1f\x8b\x08", "packed twice", "unpack it once"},
	{"\x28\xb5\x2f\xfd", "packed twice", "unpack it once"},
	{"ORC", "an ORC file", "export the audience as CSV, JSON or Parquet"},
}

// Other files begin with text, behind a mark and blanks, in any case.
var foreignText = []struct{ start, name, advice string }{
	{"<!doctype html", "an HTML page", htmlAdvice},
	{"<html", "an HTML page", htmlAdvice},
	{"<head", "an HTML page", htmlAdvice},
	{"<?xml", "an XML document", "export the audience as CSV, JSON or Parquet"},
	{"{\\rtf", "an RTF document", "save it as CSV UTF-8"},
	{"version https://git-lfs.github.com", "a pointer of Git LFS", "fetch the file itself with git lfs pull"},
}

const htmlAdvice = "perhaps a page that asks to sign in was saved instead of the export: fetch it again"

// noMarkSample is enough to see the NUL bytes of UTF-16 that says nothing of it.
const noMarkSample = 32

const (
	zipStart = "PK\x03\x04"
	emptyZip = "PK\x05\x06"
)

// refuseForeign says what a file is that is neither text nor one of the formats.
func refuseForeign(start []byte) error {
	if bytes.HasPrefix(start, []byte(zipStart)) || bytes.HasPrefix(start, []byte(emptyZip)) {
		return refused(zipName(start))
	}
	for _, f := range foreign {
		if bytes.HasPrefix(start, []byte(f.start)) && !looksLikeText(start, len(f.start)) {
			return refused(f.name, f.advice)
		}
	}
	if len(start) > 262 && string(start[257:262]) == "ustar" {
		return refused("a tar archive", "unpack it, and name its folder")
	}
	if len(start) > noMarkSample && len(bytes.Trim(start, "\x00")) == 0 {
		return &audience.SourceError{Cause: audience.CauseFormat,
			Message: "the file begins with nothing but NUL bytes, as a broken download or a full disk leaves it; fetch it again"}
	}
	if bytes.Count(start[:min(len(start), noMarkSample)], []byte{0}) >= noMarkSample/4 {
		return &audience.SourceError{Cause: audience.CauseFormat,
			Message: "the file looks like UTF-16 without its mark; save it as CSV UTF-8, or say source.encoding: utf-16"}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(start, utf8Mark), " \t\r\n")
	for _, f := range foreignText {
		if len(text) >= len(f.start) && strings.EqualFold(string(text[:len(f.start)]), f.start) {
			return refused(f.name, f.advice)
		}
	}
	return nil
}

// looksLikeText tells a header such as ORC_id,status from a file whose first
// bytes are letters too.
func looksLikeText(start []byte, from int) bool {
	line, _, _ := bytes.Cut(start[from:], []byte{'\n'})
	for _, c := range line {
		if c < ' ' && c != '\t' && c != '\r' && c != '\x1f' || c >= 0x7f {
			return false
		}
	}
	return len(line) > 0 && start[0] != '%'
}

// zipName tells an Office document, which is a zip archive, by the names of
// its first entries.
func zipName(start []byte) (name, advice string) {
	switch {
	case bytes.Contains(start, []byte("xl/")), bytes.Contains(start, []byte("[Content_Types].xml")):
		return "an Excel workbook (xlsx)", "save it as CSV UTF-8"
	case bytes.Contains(start, []byte("mimetypeapplication/vnd.oasis.opendocument")):
		return "an OpenDocument file (ods)", "save it as CSV UTF-8"
	}
	return "a zip archive", "unpack it, or pack it with gzip"
}

func refused(name, advice string) error {
	return &audience.SourceError{Cause: audience.CauseFormat, Message: fmt.Sprintf("the file is %s, which cannot be read; %s", name, advice)}
}
