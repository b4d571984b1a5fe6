package state

import "testing"

func TestParseSignal(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int{"TERM": 15, "sigkill": 9, "SIGUSR1": 10, "10": 10, "RTMIN+3": 37, "SIGRTMAX-1": 63, "200": 200} {
		if got, err := ParseSignal(raw); got != want || err != nil {
			t.Errorf("ParseSignal(%q) = %v, %v, want %v", raw, got, err, want)
		}
	}
	for _, raw := range []string{"0", "", "BOGUS", "SIG", "RTMIN+16"} {
		if n, err := ParseSignal(raw); err != (Invalid{"invalid signal: " + raw}) {
			t.Errorf("ParseSignal(%q) = %v, %v", raw, n, err)
		}
	}
}
