package vectors

import "testing"

// TestToldIsUnusual finds each row of what is no flaw, and each field of a row without which the verdicts are the same.
func TestToldIsUnusual(t *testing.T) {
	for flaw, row := range told {
		info, ok := Of(flaw)
		if !ok {
			t.Errorf("%s is no flaw", flaw)
		}
		for field, without := range map[string]func(*tell){
			"cause":     func(t *tell) { t.cause = "" },
			"byAddress": func(t *tell) { t.byAddress = "" },
			"unread":    func(t *tell) { t.unread = "" },
			"text":      func(t *tell) { t.text = "" },
			"load":      func(t *tell) { t.load = "" },
			"ofKey":     func(t *tell) { t.ofKey = "" },
			"cliOfKey":  func(t *tell) { t.cliOfKey = "" },
			"openSSL":   func(t *tell) { t.openSSL = 0 },
			"byName":    func(t *tell) { t.byName = 0 },
			"curl":      func(t *tell) { t.curl = 0 },
			"why":       func(t *tell) { t.why = "" },
		} {
			less := row
			without(&less)
			told[flaw] = less
			if got, _ := Of(flaw); less != row && got == info {
				t.Errorf("%s: %s is what is usual", flaw, field)
			}
		}
		told[flaw] = row
	}
}
