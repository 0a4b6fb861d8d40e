package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/sandbox/temporal"
	"audienceflow/worker/host"
)

// The simulated environment. The sample audience names contacts that this seed generates.
const (
	sampleDestination = "dynamics"
	sampleContacts    = 10_000
	sampleSeed        = 1
	samplePrefix      = "acme"
	sampleColumn      = "acme_vipstatus:string:100"
	spareColumn       = "acme_newsletter:string:100" // for an audience that somebody tries out
	sampleTenant      = "11111111-1111-1111-1111-111111111111"
	sampleClient      = "client"
	sampleSecret      = "secret" // of the simulator alone, as its help says
)

func (s *sandbox) startSimulator(context.Context) error {
	if !s.options.simulator {
		return nil
	}
	if err := temporal.CheckPort(temporal.DefaultHost, s.simulatorPort, "the simulated Dynamics 365"); err != nil {
		return hintPort(err, "-simulator-port")
	}
	kept := s.folder.file(simulatorFolder)
	if err := os.MkdirAll(kept, privateFolder); err != nil {
		return explainDisk(s.folder.path, err)
	}
	running, err := simulator.StartOn(net.JoinHostPort(temporal.DefaultHost, strconv.Itoa(s.simulatorPort)), simulator.Options{
		Contacts:     sampleContacts,
		Seed:         sampleSeed,
		Prefix:       samplePrefix,
		Columns:      append([]string{sampleColumn, spareColumn}, s.options.columns...),
		DataDir:      kept,
		TenantID:     sampleTenant,
		ClientID:     sampleClient,
		ClientSecret: sampleSecret,
	})
	if err != nil {
		return fmt.Errorf("the simulated Dynamics 365: %w", err)
	}
	s.simulator = running
	s.stops = append(s.stops, running.Close)
	return nil
}

// workerConfig is the worker's: the simulated environment, or those of the DYNAMICS_* environment.
func (s *sandbox) workerConfig() (host.Config, error) {
	config := host.Config{Destinations: []host.DestinationConfig{s.simulated()}}
	if s.simulator == nil {
		var err error
		if config, err = host.LoadConfig(); err != nil {
			return config, fmt.Errorf("without the simulator the environment says where Dynamics 365 is: %w", err)
		}
	}
	config.StoreURL = s.storeURL
	config.SourceRoots = s.SourceRoots
	config.AlertHosts = s.AlertHosts
	config.Namespace = s.temporal.Namespace()
	return config, nil
}

func (s *sandbox) simulated() host.DestinationConfig {
	if s.simulator == nil {
		return host.DestinationConfig{}
	}
	return host.DestinationConfig{
		Key:            sampleDestination,
		Name:           "Simulated Dynamics 365",
		Enabled:        true,
		Environment:    s.simulator.URL,
		TenantID:       sampleTenant,
		ClientID:       sampleClient,
		ClientSecret:   sampleSecret,
		Prefix:         samplePrefix,
		RequestSize:    dynamics.DefaultRequestSize,
		Concurrency:    dynamics.DefaultConcurrency,
		RequestTimeout: dynamics.DefaultRequestTimeout,
	}
}
