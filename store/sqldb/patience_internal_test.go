package sqldb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestOnlyWhatCanBeOverByItselfIsWaitedFor(t *testing.T) {
	for code, waits := range map[string]bool{
		"57P01": true, "57P02": true, "57P03": true, "53300": true, "08006": true,
		"25P03": true, "55P03": true, "57014": true,
		"28P01": false, "3D000": false, "42501": false, "53100": false, "23505": false,
	} {
		err := fmt.Errorf("open: %w", Explain(&pgconn.PgError{Code: code}))
		require.Equal(t, waits, passing(err), code)
	}
	_, err := Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", schema, Options{})
	require.True(t, passing(err), "%v", err)
	cut := &net.OpError{Op: "write", Net: "unix", Err: syscall.EPIPE}
	require.True(t, passing(fmt.Errorf("migrate the schema: %w", cut)), "a server that was killed meanwhile")
	require.False(t, passing(errors.New("disk on fire")))
	require.False(t, passing(nil))
}

func TestTheStoreIsWaitedForAsLongAsItMayComeBack(t *testing.T) {
	starting := &pgconn.PgError{Code: "57P03"}
	synctest.Test(t, func(t *testing.T) {
		begun, tries, told := time.Now(), 0, 0
		tell := func(error) { told++ }
		require.NoError(t, Patiently(t.Context(), func() error {
			if tries++; time.Since(begun) < time.Hour {
				return starting
			}
			return nil
		}, tell))
		require.Greater(t, tries, 300)
		require.Less(t, tries, 1000)
		require.Equal(t, 1, told)

		wrong := errors.New("wrong password")
		require.Equal(t, wrong, Patiently(t.Context(), func() error { return wrong }, tell))

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.Equal(t, error(starting), Patiently(ctx, func() error { return starting }, tell))
	})
}
