package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"audienceflow/dynamics"
)

//go:embed peer.mjs
var peerScript []byte

const (
	nodeSample = 50_000
	// installTime bounds npm: without a registry it would try for minutes.
	installTime = 2 * time.Minute
	// clientsPackage is next to the folder that names the npm client and its version.
	clientsPackage = "audienceflow/dynamics/simulator"
)

// errLeftOut is a peer that cannot run here.
var errLeftOut = errors.New("left out")

// nodeClient measures the npm client in contacts per second; errLeftOut says why it could not be
// run.
func (w *web) nodeClient(ctx context.Context, folder string, ids []string) (float64, error) {
	folder, err := installClient(ctx, folder)
	if err != nil {
		return 0, fmt.Errorf("dynamicsWebApi: %w: %w", errLeftOut, err)
	}
	ids = ids[:min(nodeSample, len(ids))]
	var bodies bytes.Buffer
	for i, request := range slices.Collect(slices.Chunk(ids, dynamics.DefaultRequestSize)) {
		bodies.WriteString(targets(request, i*dynamics.DefaultRequestSize) + "\n")
	}
	command := exec.CommandContext(ctx, "node", "peer.mjs", w.url, tenant, strconv.Itoa(loopParallel))
	command.Dir, command.Stdin, command.Stderr = folder, &bodies, os.Stderr
	out, err := command.Output()
	if err != nil {
		return 0, fmt.Errorf("dynamics-web-api in node: %w", err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return 0, fmt.Errorf("dynamics-web-api in node: %w", err)
	}
	return rate(len(ids), time.Duration(seconds*float64(time.Second))), nil
}

// installClient puts the npm client into a folder of its own.
func installClient(ctx context.Context, folder string) (string, error) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", err
		}
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", clientsPackage).Output()
	if err != nil {
		return "", fmt.Errorf("find %s: %w", clientsPackage, err)
	}
	clients := filepath.Join(strings.TrimSpace(string(out)), "clients")
	folder = filepath.Join(folder, "node")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(clients, name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, installTime)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = folder
	if text, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w: %s", err, bytes.TrimSpace(text))
	}
	return folder, os.WriteFile(filepath.Join(folder, "peer.mjs"), peerScript, 0o644)
}
