package store_test

import (
	"testing"

	"audienceflow/store/validations"

	"github.com/stretchr/testify/require"
)

func TestValidationKeepsSlicesAndMismatches(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		v := validations.Validation{Validation: "v1", Run: "run", Destination: "dynamics", Audience: "vip", Column: "acme_vip", RealizedWord: "realized",
			ExitedWord: "exited", Tolerance: 0.25, StartedAt: day(1)}
		require.NoError(t, s.BeginValidation(t.Context(), v))
		require.NoError(t, s.BeginValidation(t.Context(), v))
		found := []validations.Mismatch{
			{Contact: contact(1), Kind: validations.MismatchDiffers, Column: "acme_vip", Expected: text("realized"), ModifiedBy: "someone", ModifiedOn: day(2)},
			{Contact: contact(2), Kind: validations.MismatchMissing, Column: "acme_vip", Expected: text("exited")},
		}
		counts := validations.SliceCounts{Expected: 5, Matched: 3, Mismatched: 1, Missing: 1, RealizedExpected: 4, RealizedActual: 3, ExitedExpected: 1}
		for range 2 { // the second try at a slice takes the place of the first
			require.NoError(t, s.SaveSlice(t.Context(), "v1", 1, counts, found))
		}
		require.NoError(t, s.SaveSlice(t.Context(), "v1", 2, counts, nil))
		sum, err := s.ValidationCounts(t.Context(), "v1")
		require.NoError(t, err)
		require.Equal(t, int64(10), sum.Expected)
		unexpected := validations.Mismatch{Contact: contact(3), Kind: validations.MismatchUnexpected, Column: "acme_vip", Actual: text("realized")}
		require.NoError(t, s.EndValidation(t.Context(), "v1", "mismatch", []validations.Mismatch{unexpected}, day(3)))
		got, err := s.Mismatches(t.Context(), "v1", 10)
		require.NoError(t, err)
		require.ElementsMatch(t, append(found, unexpected), got)
		v.Verdict, v.EndedAt = "mismatch", day(3)
		kept, err := s.Validation(t.Context(), "v1")
		require.NoError(t, err)
		require.Equal(t, v, kept)
		gone, err := s.ExpireValidations(t.Context(), day(4))
		require.NoError(t, err)
		require.Equal(t, int64(1), gone)
		_, err = s.Validation(t.Context(), "v1")
		require.ErrorIs(t, err, validations.ErrNoValidation)
	})
}
