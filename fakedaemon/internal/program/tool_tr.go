package program

import (
	"bytes"
	"strings"
)

// characters are the classes of tr.
var characters = map[string]func(c byte) bool{
	"alpha":  func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' },
	"digit":  func(c byte) bool { return c >= '0' && c <= '9' },
	"alnum":  func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' },
	"lower":  func(c byte) bool { return c >= 'a' && c <= 'z' },
	"upper":  func(c byte) bool { return c >= 'A' && c <= 'Z' },
	"space":  func(c byte) bool { return c == ' ' || c >= 9 && c <= 13 },
	"blank":  func(c byte) bool { return c == ' ' || c == 9 },
	"punct":  func(c byte) bool { return strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) >= 0 },
	"cntrl":  func(c byte) bool { return c < 32 || c == 127 },
	"print":  func(c byte) bool { return c >= 32 && c < 127 },
	"graph":  func(c byte) bool { return c > 32 && c < 127 },
	"xdigit": func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' },
}

// trSet writes out one of tr's sets.
func trSet(text string) (set []byte) {
	for i := 0; i < len(text); {
		if strings.HasPrefix(text[i:], "[:") {
			if end := strings.Index(text[i:], ":]"); end > 0 {
				if is := characters[text[i+2:i+end]]; is != nil {
					for c := range 256 {
						if is(byte(c)) {
							set = append(set, byte(c))
						}
					}
					i += end + 2
					continue
				}
			}
		}
		c, n := trChar(text[i:])
		i += n
		if i+1 < len(text) && text[i] == '-' {
			last, n := trChar(text[i+1:])
			i += 1 + n
			for c := int(c); c <= int(last); c++ {
				set = append(set, byte(c))
			}
			continue
		}
		set = append(set, c)
	}
	return set
}

func trChar(text string) (c byte, size int) {
	if text[0] != '\\' || len(text) == 1 {
		return text[0], 1
	}
	size = 2
	for size < min(4, len(text)) && text[1] <= '7' && text[1] >= '0' && text[size] <= '7' && text[size] >= '0' {
		size++
	}
	if resolved, _ := unescape(text[:size], false); len(resolved) == 1 {
		return resolved[0], size
	}
	return text[1], 2
}

func tr(t *tool) {
	from := trSet(t.args[0])
	var to []byte
	if len(t.args) > 1 {
		to = trSet(t.args[1])
	}
	if t.has("cC") {
		var rest []byte
		for c := range 256 {
			if bytes.IndexByte(from, byte(c)) < 0 {
				rest = append(rest, byte(c))
			}
		}
		from = rest
	}
	var drop, squeeze [256]bool
	var becomes [256]byte
	for c := range becomes {
		becomes[c] = byte(c)
	}
	if t.has("d") {
		for _, c := range from {
			drop[c] = true
		}
		from = to
	} else if len(to) > 0 {
		for i, c := range from {
			becomes[c] = to[min(i, len(to)-1)]
		}
		from = to
	}
	if t.has("s") {
		for _, c := range from {
			squeeze[c] = true
		}
	}
	last := -1
	b := make([]byte, 16<<10)
	for {
		n, err := (file{t.p, 0}).Read(b)
		kept := b[:0]
		for _, c := range b[:n] {
			if drop[c] {
				continue
			}
			if c = becomes[c]; squeeze[c] && last == int(c) {
				continue
			}
			last = int(c)
			kept = append(kept, c)
		}
		if t.out.Write(kept); t.p.IsTerminal(1) || t.p.IsTerminal(0) {
			t.out.Flush()
		}
		if err != nil {
			return
		}
	}
}
