package host

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"audienceflow/activities/quiethours"
	"audienceflow/audience/files"
	"audienceflow/dynamics"
	"audienceflow/dynamics/managedidentity"
	"audienceflow/environment"
	"audienceflow/monitoring"
	"audienceflow/worker/tracing"
)

// defaultDestination is the destination's name where DYNAMICS_DESTINATIONS lists none.
const defaultDestination = "dynamics"

// Config is what a worker reads from the environment. Connecting to Temporal has its own variables
// (TEMPORAL_ADDRESS and so on).
type Config struct {
	StoreURL             string               `envconfig:"STORE_URL" default:"sqlite:data/audienceflow.db"`
	SourceRoots          []string             `envconfig:"SOURCE_ROOTS"`
	AlertHosts           []string             `envconfig:"ALERT_HOSTS"`
	CertFile             string               `envconfig:"SSL_CERT_FILE"` // Go reads it itself; here it is for the check
	Retention            environment.Age      `envconfig:"RETENTION" default:"2160h"`
	DynamicsDestinations []string             `envconfig:"DYNAMICS_DESTINATIONS"`
	LogLevel             slog.Level           `envconfig:"LOG_LEVEL" default:"info"`
	LogFormat            monitoring.LogFormat `envconfig:"LOG_FORMAT" default:"text"`
	// Listen is where health and metrics are asked for; empty: nowhere.
	Listen string `envconfig:"WORKER_LISTEN" default:"127.0.0.1:8091"`
	// Deployment is the worker deployment that this worker is a version of; empty: none.
	Deployment string `envconfig:"WORKER_DEPLOYMENT"`

	Azure AzureConfig
	// Traces says whether traces are sent.
	Traces tracing.Config

	Destinations []DestinationConfig `ignored:"true"`
	// Unread are variables that are named like a destination's and are none: misspelt, or of a
	// destination that DYNAMICS_DESTINATIONS does not list.
	Unread []string `ignored:"true"`
	// Monitor is what others see of the worker; nil: nothing.
	Monitor *Monitor `ignored:"true"`
	// Tracing sends traces; nil: none are made.
	Tracing *tracing.Tracing `ignored:"true"`
	// Namespace is Temporal's, as Dial found it.
	Namespace string `ignored:"true"`
}

// DestinationConfig is one environment of Dynamics 365, read from DYNAMICS_* or DYNAMICS_<NAME>_*.
type DestinationConfig struct {
	Key                string `ignored:"true"` // as activation files name it
	Name               string `split_words:"true"`
	Description        string `split_words:"true"`
	Enabled            bool   `default:"true"`
	ClientID           string `split_words:"true"`
	ClientSecret       string `split_words:"true"`
	ClientSecretFile   string `split_words:"true"`
	CertificateFile    string `split_words:"true"`
	FederatedTokenFile string `split_words:"true"`
	Credential         string
	Clients            []string      `split_words:"true"`
	Users              []UserConfig  `ignored:"true"` // those that Clients names
	TenantID           string        `split_words:"true"`
	Region             string        `split_words:"true"`
	Environment        string        `split_words:"true"`
	Prefix             string        `split_words:"true"`
	Authority          string        `split_words:"true"`
	RequestSize        int           `split_words:"true" default:"500"`
	Concurrency        int           `split_words:"true" default:"52"`
	Pace               string        `split_words:"true"`
	RequestTimeout     time.Duration `split_words:"true" default:"60s"`
	ServerTimeout      time.Duration `split_words:"true" default:"2m"`
	DailyRows          int64         `split_words:"true"`
	QuietHours         string        `split_words:"true"`
	BypassSync         bool          `split_words:"true"`
	BypassAsync        bool          `split_words:"true"`
	BypassSteps        []string      `split_words:"true"`
	BypassFlows        bool          `split_words:"true"`

	identity *managedidentity.Source // who signs in where Clients names nobody
}

// LoadConfig reads the environment and reports everything that is wrong with it at once.
func LoadConfig() (Config, error) {
	var c Config
	read := map[string]any{"": &Config{}}
	problems := []error{environment.Read("", &c), files.CheckRoots(c.SourceRoots),
		checkListen(c.Listen), checkStore(c.StoreURL), checkDeployment(c.Deployment), c.Traces.Check()}
	if len(c.DynamicsDestinations) == 0 {
		problems = append(problems, c.addDestination(defaultDestination, "DYNAMICS", read))
	}
	for _, key := range c.DynamicsDestinations {
		key = strings.TrimSpace(key)
		if strings.ContainsAny(key, " \t;") {
			problems = append(problems, fmt.Errorf("DYNAMICS_DESTINATIONS: %q is no name: put commas between names, as in emea,us", key))
			continue
		}
		problems = append(problems, c.addDestination(key, "DYNAMICS_"+dynamics.SettingName(key), read))
	}
	problems = append(problems, c.noteUsers(read))
	var err error
	c.Unread, err = environment.Unread("DYNAMICS_", read)
	return c, errors.Join(append(problems, err)...)
}

// checkStore says early, beside all else, that a URL can be no store's.
func checkStore(url string) error {
	for _, scheme := range []string{"sqlite:", "postgres://", "postgresql://"} {
		if strings.HasPrefix(url, scheme) {
			return nil
		}
	}
	return errors.New("STORE_URL must begin with sqlite: (a path follows) or postgres://")
}

// addDestination reads one, and notes by which prefix.
func (c *Config) addDestination(key, prefix string, read map[string]any) error {
	read[prefix] = &DestinationConfig{}
	d, err := loadDestination(key, prefix, c.Azure)
	c.Destinations = append(c.Destinations, d)
	return err
}

func loadDestination(key, prefix string, azure AzureConfig) (DestinationConfig, error) {
	d := DestinationConfig{}
	problems := []error{environment.Read(prefix, &d)}
	d.Key = key
	if err := d.loadUsers(prefix); err != nil {
		problems = append(problems, fmt.Errorf("destination %s (%s_*): %w", key, prefix, err))
	}
	if err := d.takeCredentials(prefix, azure); err != nil {
		problems = append(problems, fmt.Errorf("destination %s (%s_*): %w", key, prefix, err))
	}
	if err := d.checkFiles(prefix); err != nil {
		problems = append(problems, fmt.Errorf("destination %s (%s_*): %w", key, prefix, err))
	}
	if d.DailyRows < 0 {
		problems = append(problems, fmt.Errorf("destination %s (%s_*): DAILY_ROWS is %d: give the rows that may be sent in 24 hours, or 0 for any number", key, prefix, d.DailyRows))
	}
	if _, err := quiethours.Parse(d.QuietHours); err != nil {
		problems = append(problems, fmt.Errorf("destination %s (%s_*): QUIET_HOURS: %w", key, prefix, err))
	}
	if err := d.dynamics().Validate(); err != nil {
		problems = append(problems, fmt.Errorf("destination %s (%s_*): %w", key, prefix, err))
	}
	return d, errors.Join(problems...)
}

// dynamics is the client's configuration.
func (d DestinationConfig) dynamics() dynamics.Config {
	c := dynamics.Config{
		Environment: d.Environment, Region: d.Region, TenantID: d.TenantID, Authority: d.Authority,
		Prefix: d.Prefix, RequestSize: d.RequestSize, Concurrency: d.Concurrency, Pace: dynamics.Pace(d.Pace), RequestTimeout: d.RequestTimeout,
		Bypass: dynamics.Bypass{SyncLogic: d.BypassSync, AsyncLogic: d.BypassAsync, StepIDs: d.BypassSteps, Flows: d.BypassFlows},
	}
	if len(d.Clients) == 0 {
		only := d.only().user()
		c.ClientID, c.Secret, c.Certificate = only.ClientID, only.Secret, only.Certificate
		c.FederatedToken, c.ManagedIdentity = only.FederatedToken, only.ManagedIdentity
		return c
	}
	c.Users = []dynamics.User{}
	for _, u := range d.Users {
		c.Users = append(c.Users, u.user())
	}
	return c
}
