package alerts

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

// TestNumbersOfAlertsAddUp reads the numbers in the texts that people get.
func TestNumbersOfAlertsAddUp(t *testing.T) {
	outcome := regexp.MustCompile(`([\d,]+) (rows received|activated|cleared|unchanged|superseded|excluded|failed|pending)`)
	random := rand.New(rand.NewPCG(7, 8))
	some := func() int64 { return random.Int64N(2) * random.Int64N(1<<(1+random.IntN(34))) }
	for _, kind := range []string{runs.KindActivate, runs.KindReplay, runs.KindRepair, runs.KindUnmap, runs.KindStream} {
		for range 200 {
			r := runs.Report{Kind: kind, Destination: "d", Audience: "a", Run: "run", Status: runs.StatusCompleted, Numbers: runs.Numbers{
				Activated: some(), Unchanged: some(), Superseded: some(), Excluded: some(), Failed: some(), Pending: some(),
			}}
			r.Received = r.Activated + r.Unchanged + r.Superseded + r.Excluded + r.Failed + r.Pending
			found := map[string]int64{}
			text := News{report: r}.noticeText("Recovered")
			for _, match := range outcome.FindAllStringSubmatch(text, -1) {
				n, err := strconv.ParseInt(strings.ReplaceAll(match[1], ",", ""), 10, 64)
				require.NoError(t, err)
				found[match[2]] = n
			}
			sum := -found["rows received"]
			for _, n := range found {
				sum += n
			}
			require.Equal(t, r.Received, found["rows received"], text)
			require.Equal(t, found["rows received"], sum, text)
			require.Equal(t, kind == runs.KindUnmap, strings.Contains(text, "cleared"), text)
			if told := Of(r, "", "").troubles["rejected"]; told != "" {
				require.Contains(t, told, runs.Count(r.Excluded+r.Failed)+" of "+runs.Count(r.Received))
			}
		}
	}
}
