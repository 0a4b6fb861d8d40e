package temporal

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// PortTakenError says that a port asked for is in use by another program.
type PortTakenError struct {
	Host string
	Port int
	// Purpose is what the port was wanted for: "Temporal", "Temporal's UI".
	Purpose string
}

func (e *PortTakenError) Error() string {
	return fmt.Sprintf("port %d of %s, wanted for %s, is taken by another program (perhaps another sandbox): stop it or choose another port",
		e.Port, e.Host, e.Purpose)
}

// CheckPort returns nil when a program could listen on the port now, a *PortTakenError when another
// one does, and any other error of listening (such as a missing permission) as it is. Port 0 is
// always free.
func CheckPort(host string, port int, purpose string) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return &PortTakenError{Host: host, Port: port, Purpose: purpose}
	}
	if err != nil {
		return fmt.Errorf("cannot listen on port %d of %s, wanted for %s: %w", port, host, purpose, err)
	}
	return listener.Close()
}

// ports are those that one server listens on.
type ports struct {
	frontend, history, matching, worker int
	ui                                  int // 0: no UI
}

// choosePorts checks the ports asked for and fills the others with free ones. The server opens its
// ports itself, so that a port can still be lost to another program between here and there.
func choosePorts(o Options) (ports, error) {
	p := ports{frontend: o.FrontendPort, ui: o.UIPort}
	if err := CheckPort(o.Host, p.frontend, "Temporal"); err != nil {
		return ports{}, err
	}
	if o.UIPort > 0 {
		if err := CheckPort(o.Host, p.ui, "Temporal's UI"); err != nil {
			return ports{}, err
		}
	}
	wanted := []*int{&p.history, &p.matching, &p.worker}
	if p.frontend == 0 {
		wanted = append(wanted, &p.frontend)
	}
	if p.ui == FreePort {
		wanted = append(wanted, &p.ui)
	}
	return p, fillFreePorts(o.Host, wanted)
}

// fillFreePorts holds all of them open until the last is chosen, so that no two are the same.
func fillFreePorts(host string, wanted []*int) error {
	for _, port := range wanted {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return fmt.Errorf("find a free port of %s: %w", host, err)
		}
		defer listener.Close()
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	return nil
}
