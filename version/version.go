// Package version says which Audienceflow a program is.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// released is set by the linker where a release is built: -ldflags "-X
// audienceflow/version.released=1.2.3".
var released string

// revision is set in the same way where the source is built without its repository, as in the
// image.
var revision string

// commitLength is how much of a commit's name tells it from others.
const commitLength = 12

// Of is the version of a program in one line: its release or commit, and what built it.
func Of(program string) string {
	return fmt.Sprintf("%s %s (%s, %s/%s)", program, Name(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Name is the release or the commit.
func Name() string {
	switch {
	case released != "":
		return released
	case revision != "":
		return revision[:min(len(revision), commitLength)]
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	switch {
	case commit == "" && info.Main.Version != "":
		return info.Main.Version
	case commit == "":
		return "unreleased"
	}
	commit = commit[:min(len(commit), commitLength)]
	if settings["vcs.modified"] == "true" {
		commit += ", changed"
	}
	return commit
}

// BuildID tells this build from every other one of the program: its release and its commit, or one
// of them. It is empty where nothing tells it.
func BuildID() string {
	commit := revision
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		commit = clean(info)
	}
	commit = commit[:min(len(commit), commitLength)]
	if released == "" || commit == "" {
		return released + commit
	}
	return released + "-" + commit
}

// clean is the commit that a program was built from, if nothing else was in it.
func clean(info *debug.BuildInfo) (commit string) {
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			return ""
		}
	}
	return commit
}

// Asked reports whether a command line asks for the version.
func Asked(args []string) bool {
	return len(args) > 0 && (args[0] == "--version" || args[0] == "-version")
}
