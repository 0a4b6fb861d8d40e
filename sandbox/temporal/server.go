package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	temporalserver "go.temporal.io/server/temporal"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	clusterName = "active"
	storeName   = "sqlite"
	archivalOff = "disabled"
	// historyShards is fixed for the life of a database file. Four let a few thousand activities a
	// minute through without four times the polling of an idle server.
	historyShards = 4
	// retention of closed workflows. A kept sandbox should still show last week's run; the server's
	// own default for a new namespace is a day.
	retention = 7 * 24 * time.Hour
	// joinDuration is required by the configuration and unused with static hosts.
	joinDuration = 30 * time.Second
	// failoverIncrement and initialFailover are the values of every single-cluster configuration.
	failoverIncrement = 10
	initialFailover   = 1
)

// Server is a running Temporal server, with or without its UI.
type Server struct {
	options Options
	ports   ports
	server  temporalserver.Server
	ui      *uiserver.Server // nil: no UI
	log     *serverLog
}

// Start starts a server and returns when its namespace answers. It fails with a *PortTakenError
// when a port asked for is in use and with a *DatabaseError when the file cannot be used. A
// database file is kept: started again on it, also after the process was killed, the server goes on
// where it was.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	chosen, err := choosePorts(o)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, ports: chosen, log: newServerLog(o.Logger, o.LogLevel)}
	if err := s.launch(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) launch(ctx context.Context) error {
	database := sqlConfig(s.options.DBFile)
	if err := prepareDatabase(s.options.DBFile, func() error { return sqliteschema.SetupSchema(database) }); err != nil {
		return err
	}
	if err := createNamespace(database, s.options.Namespace); err != nil {
		return &DatabaseError{File: s.options.DBFile, Err: err}
	}
	if err := recovered(func() error { return s.startServer(database) }); err != nil {
		return fmt.Errorf("start the Temporal server: %w", s.log.explain(err))
	}
	if err := s.waitReady(ctx); err != nil {
		return errors.Join(s.log.explain(err), s.abandon())
	}
	if s.ports.ui == 0 {
		return nil
	}
	if err := recovered(s.startUI); err != nil {
		return errors.Join(fmt.Errorf("start Temporal's UI: %w", err), s.abandon())
	}
	if err := s.waitUI(ctx); err != nil {
		return errors.Join(err, s.abandon())
	}
	return nil
}

func (s *Server) startServer(database *config.SQL) error {
	server, err := temporalserver.NewServer(
		temporalserver.WithConfig(s.config(database)),
		temporalserver.ForServices(temporalserver.DefaultServices),
		temporalserver.WithStaticHosts(s.hosts()), // nothing to discover: all services live here
		temporalserver.WithLogger(s.log),
		temporalserver.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporalserver.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporalserver.WithDynamicConfigClient(dynamicSettings()),
	)
	if err != nil {
		return err
	}
	s.server = server
	return server.Start()
}

func (s *Server) startUI() error {
	s.ui = uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host:                s.options.Host,
		Port:                s.ports.ui,
		TemporalGRPCAddress: s.Address(),
		DefaultNamespace:    s.options.Namespace,
		EnableUI:            true,
		DisableNewsFetch:    true, // a sandbox calls nobody
		HideLogs:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain http on this machine
	}))
	ui := s.ui
	go func() { _ = ui.Start() }() // blocks until Stop; whether it serves is seen by waitUI
	return nil
}

func sqlConfig(file string) *config.SQL {
	if file == "" {
		return &config.SQL{
			PluginName:   sqlite.PluginName,
			DatabaseName: fmt.Sprintf("sandbox-%016x", rand.Uint64()), // the pool is shared by the whole process
			ConnectAttributes: map[string]string{
				"mode":  "memory",
				"cache": "shared",
			},
		}
	}
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: escapeDSN(file),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			// With WAL a killed process loses nothing; only a power cut may cost the last moments
			// of a sandbox.
			"synchronous":  "normal",
			"busy_timeout": "10000", // milliseconds, for a person's sqlite3 looking in
		},
	}
}

func escapeDSN(file string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(file)
}

func createNamespace(database *config.SQL, name string) error {
	attributes := make(map[string]enumspb.IndexedValueType)
	for _, attribute := range SearchAttributes() {
		attributes[attribute] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	namespace, err := sqliteschema.NewNamespaceConfig(clusterName, name, false, attributes)
	if err != nil {
		return fmt.Errorf("namespace %q: %w", name, err)
	}
	namespace.Detail.Config.Retention = durationpb.New(retention)
	return sqliteschema.CreateNamespaces(database, namespace)
}

func (s *Server) config(database *config.SQL) *config.Config {
	off := config.Archival{
		History:    config.HistoryArchival{State: archivalOff},
		Visibility: config.VisibilityArchival{State: archivalOff},
	}
	return &config.Config{
		Global: config.Global{Membership: config.Membership{
			MaxJoinDuration:  joinDuration,
			BroadcastAddress: s.options.Host,
		}},
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			NumHistoryShards: historyShards,
			DataStores:       map[string]config.DataStore{storeName: {SQL: database}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: failoverIncrement,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled:                true,
				InitialFailoverVersion: initialFailover,
				RPCAddress:             s.Address(),
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): s.service(s.ports.frontend),
			string(primitives.HistoryService):  s.service(s.ports.history),
			string(primitives.MatchingService): s.service(s.ports.matching),
			string(primitives.WorkerService):   s.service(s.ports.worker),
		},
		Archival:     off,
		PublicClient: config.PublicClient{HostPort: s.Address()}, // the worker service panics without it
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: archivalOff},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: archivalOff},
		}},
	}
}

func (s *Server) service(port int) config.Service {
	return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: s.options.Host}}
}

func (s *Server) hosts() map[primitives.ServiceName]static.Hosts {
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(s.options.address(s.ports.frontend)),
		primitives.HistoryService:  static.SingleLocalHost(s.options.address(s.ports.history)),
		primitives.MatchingService: static.SingleLocalHost(s.options.address(s.ports.matching)),
		primitives.WorkerService:   static.SingleLocalHost(s.options.address(s.ports.worker)),
	}
}

// dynamicSettings are those that Temporal's own development server sets. Each value must have its
// setting's exact type.
func dynamicSettings() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true, // new attributes count at once
		dynamicconfig.FrontendPersistenceMaxQPS.Key():               10_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                45_000,
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():            8_096, // entries; the default suits a big host
	}
}

// serverLog passes the server's log lines to slog and keeps the first fatal one: the server reports
// some causes only there.
type serverLog struct {
	logger *slog.Logger
	level  slog.Leveler
	fatal  *atomic.Pointer[string]
}

func newServerLog(logger *slog.Logger, level slog.Leveler) *serverLog {
	return &serverLog{logger: logger, level: level, fatal: new(atomic.Pointer[string])}
}

func (l *serverLog) write(level slog.Level, message string, tags []tag.Tag) {
	if level >= l.level.Level() {
		l.logger.Log(context.Background(), level, message, attributes(tags)...)
	}
}

func attributes(tags []tag.Tag) []any {
	list := make([]any, 0, len(tags))
	for _, t := range tags {
		list = append(list, slog.Any(t.Key(), t.Value()))
	}
	return list
}

func (l *serverLog) Debug(message string, tags ...tag.Tag) { l.write(slog.LevelDebug, message, tags) }
func (l *serverLog) Info(message string, tags ...tag.Tag)  { l.write(slog.LevelInfo, message, tags) }
func (l *serverLog) Warn(message string, tags ...tag.Tag)  { l.write(slog.LevelWarn, message, tags) }
func (l *serverLog) Error(message string, tags ...tag.Tag) { l.write(slog.LevelError, message, tags) }

// DPanic, Panic and Fatal do not end the process: it also runs the simulator and a worker.
func (l *serverLog) DPanic(message string, tags ...tag.Tag) { l.last(message, tags) }
func (l *serverLog) Panic(message string, tags ...tag.Tag)  { l.last(message, tags) }
func (l *serverLog) Fatal(message string, tags ...tag.Tag)  { l.last(message, tags) }

func (l *serverLog) last(message string, tags []tag.Tag) {
	text := message
	for _, t := range tags {
		text += fmt.Sprintf(" %s=%v", t.Key(), t.Value())
	}
	l.fatal.CompareAndSwap(nil, &text)
	l.write(slog.LevelError, message, tags)
}

// With returns a log that adds the tags to each line, as the server expects of a log.WithLogger.
func (l *serverLog) With(tags ...tag.Tag) log.Logger {
	return &serverLog{logger: l.logger.With(attributes(tags)...), level: l.level, fatal: l.fatal}
}

func (l *serverLog) explain(err error) error {
	if text := l.fatal.Load(); text != nil {
		return fmt.Errorf("%w (the server said: %s)", err, *text)
	}
	return err
}
